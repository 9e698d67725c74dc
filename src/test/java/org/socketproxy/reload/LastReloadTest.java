package org.socketproxy.reload;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.Settings;
import org.socketproxy.daemon.ClientContainers;
import org.socketproxy.daemon.DaemonQuery;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.Variables;

class LastReloadTest {
    private static ReloadResult result(String cause, String word) {
        String[] words = word.split(" ");
        return new ReloadResult(
                Instant.ofEpochSecond(Long.parseLong(words[1])), cause, words[0].equals("applied"), List.of());
    }

    @Test
    void reportThatNoReloadIsPossibleComesFirst() throws Exception {
        Settings settings = Settings.read(Map.of(), Variables.load());
        try (LiveConfiguration configuration = new LiveConfiguration(
                OperationCatalogue.load(), LearnMode.off(), settings, new ClientContainers("", DaemonQuery.NONE))) {
            configuration.reloaded(result("files", "refused 2"));
            ReloadResult stalled = result("stalled", "refused 1");
            configuration.stalled(stalled);
            assertThat(configuration.lastReload()).isEqualTo(stalled);

            configuration.stalled(null);
            assertThat(configuration.lastReload()).isEqualTo(result("files", "refused 2"));
        }
    }

    @ParameterizedTest
    @CsvSource({
        // files,     certificates, the result that is shown
        "none,        none,         none",
        "applied 1,   none,         files",
        "none,        refused 1,    certificates",
        "applied 1,   applied 2,    certificates",
        "applied 2,   applied 1,    files",
        "refused 1,   applied 2,    files",
        "applied 2,   refused 1,    certificates",
        "refused 2,   refused 1,    files",
    })
    void refusedReloadIsNotHiddenByAnotherKind(String files, String certificates, String shown) throws Exception {
        Settings settings = Settings.read(Map.of(), Variables.load());
        try (LiveConfiguration configuration = new LiveConfiguration(
                OperationCatalogue.load(), LearnMode.off(), settings, new ClientContainers("", DaemonQuery.NONE))) {
            if (!files.equals("none")) {
                configuration.reloaded(result("files", files));
            }
            if (!certificates.equals("none")) {
                configuration.reloadedCertificates(result("certificates", certificates));
            }
            ReloadResult last = configuration.lastReload();

            assertThat(last == null ? "none" : last.cause()).isEqualTo(shown);
        }
    }
}
