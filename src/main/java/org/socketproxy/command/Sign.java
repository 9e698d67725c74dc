package org.socketproxy.command;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.socketproxy.minisign.SecretKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command {@code sign}. Makes a key, or the signature of a policy file. */
@Command(
        name = "sign",
        description =
                "Signs a policy file for POLICY_KEY: writes POLICY.minisig. With --new-key makes a key without a passphrase,"
                        + " and prints its public key. minisign -S -t version:NUMBER makes the same signatures.")
final class Sign implements Callable<Integer> {
    @Option(names = "--new-key", paramLabel = "FILE", description = "make a secret key in this new file")
    private @Nullable Path newKey;

    @Option(names = "--key", paramLabel = "FILE", description = "the secret key")
    private @Nullable Path key;

    @Option(
            names = "--version-number",
            paramLabel = "NUMBER",
            description = "version of the policy, higher than all before")
    private long version;

    @Parameters(arity = "0..1", paramLabel = "POLICY", description = "the policy file")
    private @Nullable Path policy;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException, GeneralSecurityException {
        if (newKey != null) {
            SecretKey made = SecretKey.generate();
            try (var file = Files.newByteChannel(
                    newKey,
                    Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
                file.write(java.nio.charset.StandardCharsets.UTF_8.encode(made.text()));
            }
            out().println(made.publicKey().text());
            return 0;
        }
        if (key == null || policy == null || version < 1) {
            throw new IllegalArgumentException(
                    "use sign --new-key=FILE, or sign --key=FILE --version-number=NUMBER POLICY");
        }
        Path signature = policy.resolveSibling(policy.getFileName() + ".minisig");
        Files.writeString(
                signature,
                SecretKey.parse(Files.readString(key)).sign(Files.readAllBytes(policy), "version:" + version));
        out().println(signature);
        return 0;
    }

    private PrintWriter out() {
        return java.util.Objects.requireNonNull(spec).commandLine().getOut();
    }
}
