package org.socketproxy.policy.scope;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Objects by which a stream is judged. */
class ObjectIndexTest {
    private final ObjectIndex known = new ObjectIndex();

    private void add(ObjectKind kind, String id, String... names) {
        known.add(new ObjectIdentity(kind, id, List.of(names), Map.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "none",
            value = {
                "CONTAINER | aa1 | aa1",
                "CONTAINER | aa  | none", // the beginning of two ids
                "CONTAINER | aa2 | aa2",
                "CONTAINER | b   | bb1",
                "CONTAINER | web | aa1",
                "CONTAINER | bb  | aa2", // a name comes before the beginning of an id
                "CONTAINER | db  | none", // two have the name
                "CONTAINER | c   | none",
                "CONTAINER | ''  | none",
                "NETWORK   | aa1 | none",
            })
    void objectsAreFoundAsTheDaemonFindsThem(ObjectKind kind, String text, String id) {
        add(ObjectKind.CONTAINER, "aa1", "web", "db");
        add(ObjectKind.CONTAINER, "aa2", "bb", "db");
        add(ObjectKind.CONTAINER, "bb1");

        assertThat(known.find(kind, text).orElse(null)).isEqualTo(id);
    }

    @Test
    void objectWithoutAnIdIsFoundByIt() {
        add(ObjectKind.CONTAINER, "", "web");

        assertThat(known.find(ObjectKind.CONTAINER, "")).hasValue("");
    }

    @Test
    void memoryIsThatOfTheObjects() {
        assertThat(known.heldBytes()).isZero();
        add(ObjectKind.CONTAINER, "aa1", "web", "db");
        assertThat(known.heldBytes()).isEqualTo(160 + 3 + 60 + 3 + 60 + 2);
        add(ObjectKind.CONTAINER, "aa1", "w");
        assertThat(known.heldBytes()).isEqualTo(160 + 3 + 60 + 1);
        add(ObjectKind.NETWORK, "n");
        assertThat(known.heldBytes()).isEqualTo(160 + 3 + 60 + 1 + 160 + 1);
        known.remove(ObjectKind.NETWORK, "m");
        known.remove(ObjectKind.VOLUME, "n");
        known.remove(ObjectKind.CONTAINER, "aa1");
        assertThat(known.heldBytes()).isEqualTo(160 + 1);
        assertThat(known.has(ObjectKind.CONTAINER, "aa1")).isFalse();
        assertThat(known.has(ObjectKind.NETWORK, "n")).isTrue();
        assertThat(known.has(ObjectKind.VOLUME, "n")).isFalse();
    }

    @Test
    void eachKindHasALimit() {
        for (int i = 0; i <= ObjectIndex.MOST; i++) {
            add(ObjectKind.CONTAINER, "c" + i);
        }
        add(ObjectKind.NETWORK, "n");

        assertThat(known.has(ObjectKind.CONTAINER, "c" + (ObjectIndex.MOST - 1)))
                .isTrue();
        assertThat(known.has(ObjectKind.CONTAINER, "c" + ObjectIndex.MOST)).isFalse();
        assertThat(known.has(ObjectKind.NETWORK, "n")).isTrue();
    }
}
