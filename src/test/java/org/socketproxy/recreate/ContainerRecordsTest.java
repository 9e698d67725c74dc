package org.socketproxy.recreate;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A flood of records displaces only those of its own client and profile. */
class ContainerRecordsTest {
    private static final String PROFILE = "profile";

    private final ContainerRecords records = new ContainerRecords();

    private static RecreateRecord container(String name) {
        String json = "{\"Id\":\"" + "a".repeat(64) + "\",\"Name\":\"/" + name + "\"}";
        return requireNonNull(RecreateRecord.read(StandardCharsets.UTF_8.encode(json)));
    }

    private void flood(String scope, String client, int count) {
        for (int i = 0; i < count; i++) {
            records.add(scope, client, container("flood-" + i));
        }
    }

    @Test
    void otherProfileKeepsItsRecords() {
        records.add(PROFILE, "updater", container("app"));

        flood("other", "hostile", 1000);

        assertThat(records.find(PROFILE, "app")).isNotNull();
        assertThat(records.find("other", "app")).isNull();
    }

    @Test
    void otherClientOfTheProfileKeepsItsShare() {
        for (int i = 0; i < ContainerRecords.MOST / 2; i++) {
            records.add(PROFILE, "updater", container("app-" + i));
        }

        flood(PROFILE, "hostile", 1000);

        for (int i = 0; i < ContainerRecords.MOST / 2; i++) {
            assertThat(records.find(PROFILE, "app-" + i)).as("app-%d", i).isNotNull();
        }
        assertThat(records.find(PROFILE, "flood-0")).isNull();
        assertThat(records.find(PROFILE, "flood-999")).isNotNull();
    }

    @Test
    void clientAloneHasAllPlaces() {
        flood(PROFILE, "updater", ContainerRecords.MOST + 1);

        assertThat(records.find(PROFILE, "flood-0")).isNull();
        assertThat(records.find(PROFILE, "flood-1")).isNotNull();
        assertThat(records.find(PROFILE, "flood-" + ContainerRecords.MOST)).isNotNull();
    }
}
