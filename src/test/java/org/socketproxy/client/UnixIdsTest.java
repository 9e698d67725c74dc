package org.socketproxy.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.FileSystems;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.client.UnixPeer.UnixIds;

class UnixIdsTest {
    private final UserPrincipalLookupService service = FileSystems.getDefault().getUserPrincipalLookupService();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 54321, 2147483647})
    void numberOfAPrincipalIsItsId(int id) throws Exception {
        assertThat(UnixIds.uid(service.lookupPrincipalByName(Integer.toString(id))))
                .isEqualTo(id);
        assertThat(UnixIds.gid(service.lookupPrincipalByGroupName(Integer.toString(id))))
                .isEqualTo(id);
    }

    @Test
    void numberOfRootIsZero() throws Exception {
        assertThat(UnixIds.uid(service.lookupPrincipalByName("root"))).isZero();
        assertThat(UnixIds.gid(service.lookupPrincipalByGroupName("root"))).isZero();
    }

    @Test
    void principalOfAnotherFileSystemIsUnknown() {
        assertThat(UnixIds.uid(new java.nio.file.attribute.UserPrincipal() {
                    @Override
                    public String getName() {
                        return "1000";
                    }

                    @Override
                    public int hashCode() {
                        return 1000;
                    }

                    @Override
                    public boolean equals(Object other) {
                        return other == this;
                    }
                }))
                .isEqualTo(UnixPeer.UNKNOWN);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'         0          0 4294967295' | -1",
                "'         0       1000          1;         1     100000      65536' | 65534",
                "'0 100000 65536' | 65534",
                "'0 0 1' | 65534",
            })
    void unmappedIdIsUnknownInAUserNamespaceThatDoesNotMapAll(String map, int expected) {
        assertThat(UnixIds.unmapped(List.of(map.split(";")), "65534\n")).isEqualTo(expected);
    }
}
