package org.socketproxy.decide;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.socketproxy.testing.ChainUnderTest;
import org.socketproxy.testing.FakeDaemon;

/** The daemon of {@link FakeOwners} during one test, and filter chains in front of it. */
final class OwnersDaemon implements BeforeEachCallback, AfterEachCallback {
    private final FakeOwners objects = new FakeOwners();
    private final String createAllow;
    private Path folder;
    private FakeDaemon daemon;

    /** @param createAllow value of {@code CREATE_ALLOW} of the chains */
    OwnersDaemon(String createAllow) {
        this.createAllow = createAllow;
    }

    @Override
    public void beforeEach(ExtensionContext test) throws Exception {
        folder = Files.createTempDirectory("owners");
        daemon = FakeDaemon.running(folder, objects);
    }

    @Override
    public void afterEach(ExtensionContext test) throws Exception {
        daemon.close();
        Files.deleteIfExists(daemon.socket());
        Files.delete(folder);
    }

    FakeOwners objects() {
        return objects;
    }

    FakeDaemon daemon() {
        return daemon;
    }

    /** Starts a chain with {@code CREATE=safe} and a value of {@code TARGETS}. */
    ChainUnderTest chain(String targets) throws Exception {
        return ChainUnderTest.safe(
                daemon.host(), Map.of("CREATE_ALLOW", createAllow, "TARGETS", targets, "LIBPOD_PODS", "1"));
    }
}
