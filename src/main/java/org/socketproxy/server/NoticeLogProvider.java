package org.socketproxy.server;

import java.time.ZoneOffset;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.logging.JettyAppender;
import org.eclipse.jetty.logging.JettyLogger;
import org.eclipse.jetty.logging.JettyLoggerConfiguration;
import org.eclipse.jetty.logging.JettyLoggerFactory;
import org.eclipse.jetty.logging.JettyLoggingServiceProvider;
import org.slf4j.ILoggerFactory;
import org.slf4j.Logger;
import org.slf4j.helpers.FormattingTuple;
import org.slf4j.helpers.MessageFormatter;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.NoticeLog;

/**
 * Provider of SLF4J for the program: writes what the proxy and its libraries log into the {@link NoticeLog}. Levels are those of
 * {@code jetty-logging.properties} and of system properties such as {@code org.eclipse.jetty.LEVEL}.
 *
 * <p>Threading: thread-safe; {@link #use} may be called at any time.
 */
public final class NoticeLogProvider extends JettyLoggingServiceProvider {
    private static volatile NoticeLog notices = new NoticeLog(System.err, AuditFormat.TEXT, ZoneOffset.UTC);

    private final Map<String, Logger> loggers = new ConcurrentHashMap<>();

    /** Selects this provider, before any logger exists. */
    static void select() {
        System.setProperty("slf4j.provider", NoticeLogProvider.class.getName());
        // SLF4J would print the name of the provider.
        System.setProperty("slf4j.internal.verbosity", "WARN");
    }

    /** Replaces the log of all loggers, also of the existing ones. */
    static void use(NoticeLog log) {
        notices = log;
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        JettyLoggerFactory levels = getJettyLoggerFactory();
        JettyAppender appender = (logger, level, time, thread, failure, message, arguments) -> {
            // An exception can also be the last argument.
            FormattingTuple formatted = MessageFormatter.arrayFormat(message, arguments);
            notices.write(
                    level,
                    logger.getName(),
                    formatted.getMessage(),
                    failure != null ? failure : formatted.getThrowable());
        };
        JettyLoggerConfiguration configuration =
                new JettyLoggerConfiguration().load(getClass().getClassLoader());
        return name -> loggers.computeIfAbsent(
                name, created -> new JettyLogger(levels, created, appender, configuration.getLevel(created), false));
    }
}
