package org.socketproxy.server;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.event.Level;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.JournalPriority;
import org.socketproxy.audit.LogFile;
import org.socketproxy.audit.NoticeLog;
import org.socketproxy.client.HostNames;
import org.socketproxy.command.CommandLine;
import org.socketproxy.command.PolicyValidation;
import org.socketproxy.config.ConfigurationFiles;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.LogSettings;
import org.socketproxy.config.Problem;
import org.socketproxy.config.Settings;
import org.socketproxy.config.StartException;
import org.socketproxy.policy.Variables;
import org.socketproxy.reload.ChangePoller;
import org.socketproxy.reload.ChangePoller.Reloadable;
import org.socketproxy.reload.ConfigurationReloader;
import org.socketproxy.reload.SighupHandler;
import org.socketproxy.table.NearestName;

/** Entry point of the program. Exits with 2 if the proxy cannot start, and with 143 (128 + SIGTERM) on SIGTERM. */
public final class Main {
    private static final int CANNOT_START = 2;

    private Main() {}

    public static void main(String[] arguments) {
        JournalPriority.detect(System.getenv());
        NoticeLogProvider.select();
        int exitCode = run(arguments, System.getenv(), System.out, System.err);
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }

    /** Runs a command or starts the proxy; returns the exit code, or 0 if the proxy runs. */
    static int run(String[] arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
        if (arguments.length == 0) {
            return start(environment, out, err);
        }
        String commandLine = String.join(" ", arguments);
        switch (commandLine) {
            case "--help", "-h", "help" -> HelpText.print(out);
            case "--version", "version" -> out.println("docker-socket-proxy " + Version.current());
            default -> {
                return runCommand(arguments, environment, out, err);
            }
        }
        return 0;
    }

    private static int runCommand(
            String[] arguments, Map<String, String> environment, PrintStream out, PrintStream err) {
        CommandLine line = new CommandLine(environment, out, err);
        Set<String> names = line.names();
        if (arguments.length == 2 && arguments[0].equals("help") && names.contains(arguments[1])) {
            return line.run(arguments[1], "--help");
        }
        if (!names.contains(arguments[0])) {
            err.println("docker-socket-proxy: unknown argument " + String.join(" ", arguments)
                    + NearestName.advice(arguments[0], names, "; try --help"));
            return CANNOT_START;
        }
        return line.run(arguments);
    }

    private static int start(Map<String, String> environment, PrintStream out, PrintStream err) {
        HostNames.shortenCacheOfTheJdk();
        Variables variables = Variables.load();
        SighupHandler sighups = SighupHandler.listen();
        try {
            ConfigurationFiles files = ConfigurationFiles.load(environment);
            Settings settings = Settings.read(environment, files, variables);
            files.keepVersion();
            boolean isJson = settings.records().log().format() == LogSettings.Format.JSON;
            AuditFormat format = isJson ? AuditFormat.JSON : AuditFormat.TEXT;
            NoticeLog startLog =
                    new NoticeLog(err, format, settings.records().log().timeZone());
            settings.findings().notices().forEach(notice -> startLog.warn(notice.sentence()));
            NoticeLog log = NoticeLog.queued(
                    LogFile.ERROR, format, settings.records().log().timeZone());
            NoticeLogProvider.use(log);
            SocketProxyServer server = start(settings, variables, log);
            server.validateBy(new PolicyValidation(environment, variables)::validate);
            DaemonStateLog daemon = server.daemonWatch();
            String report = server.report(daemon.problem());
            ConfigurationReloader configuration = new ConfigurationReloader(
                    environment,
                    files,
                    variables,
                    server.configuration(),
                    server.exchanges(),
                    server.profiles(),
                    server.auditLog(),
                    log);
            List<Reloadable> watched = new ArrayList<>(server.tlsFiles(log));
            if (files.isAnyNamed() || watched.isEmpty()) {
                watched.add(0, configuration);
            }
            watched.add(daemon);
            HeapGrowthCollector.ifEnabled().ifPresent(watched::add);
            List<ServiceManager> managers = ServiceManager.of(environment);
            watched.addAll(managers);
            managers.forEach(manager -> manager.ready(String.join(", ", server.listeningAddresses())));
            new ChangePoller(sighups, watched, server.configuration()::stalled, log).start();
            if (isJson) {
                log.info(report);
            } else {
                out.print(report); // last, because it waits for the reader of the output
                out.flush();
            }
            return 0;
        } catch (InvalidSettingsException invalid) {
            for (Problem problem : invalid.problems()) {
                err.println(problemHead() + problem.sentence());
            }
            return CANNOT_START;
        } catch (StartException cannot) {
            cannot.getMessage().lines().forEach(sentence -> err.println(problemHead() + sentence));
            return CANNOT_START;
        }
    }

    private static String problemHead() {
        return JournalPriority.of(Level.ERROR) + "docker-socket-proxy: ";
    }

    /** Starts the proxy, and writes both logs to their ends when the program stops or cannot start. */
    private static SocketProxyServer start(Settings settings, Variables variables, NoticeLog log)
            throws StartException {
        try {
            SocketProxyServer server = SocketProxyServer.start(settings, variables, LogFile.OUTPUT, List.of());
            Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> log.write(
                    Level.ERROR, Thread.class.getName(), "The thread " + thread.getName() + " ended", failure));
            Runtime.getRuntime()
                    .addShutdownHook(new Thread(
                            () -> {
                                server.close();
                                log.close();
                            },
                            "stop"));
            return server;
        } catch (StartException cannot) {
            log.close();
            throw cannot;
        }
    }
}
