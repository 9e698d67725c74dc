package org.socketproxy.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.socketproxy.security.ExhaustionWorld.INNOCENT;
import static org.socketproxy.security.ExhaustionWorld.OBJECT;
import static org.socketproxy.security.ExhaustionWorld.await;
import static org.socketproxy.security.ExhaustionWorld.request;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.socketproxy.archive.TarText;
import org.socketproxy.testing.Http2Client;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/**
 * Rows of the table "Bounds" in SECURITY.md: a hostile client fills something, and the fill shows that it is full. Afterwards, while
 * it is full, {@link ExhaustionIT} lets an innocent client work.
 */
public enum Exhaustion {
    TEXT_OF_AN_OBJECT(world -> {
        String label = "{'Image':'app:1','Labels':{'a':'" + "x".repeat(130 << 10) + "'}}";
        assertThat(world.ask(hostile(1), "POST /containers/create", label).status())
                .isEqualTo(403);
    }),

    MEMORY_OF_BODIES(world -> {
        String body = "{'Image':'app:1','Cmd':['" + "x".repeat(900_000);
        for (int i = 0; i < 20; i++) {
            world.connect(hostile(2))
                    .send("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                            + "Content-Length: 1000000\r\n\r\n" + body.replace('\'', '"'));
        }
        assertThat(world.firstAnswer()).startsWith("HTTP/1.1 503 ");
    }),

    MEMORY_OF_ARCHIVES(world -> {
        byte[] part = TarText.bytes("x SCHILY.xattr.user.x=x{250000} ; open");
        for (int i = 0; i < 60; i++) {
            RawClient client = world.connect(hostile(3));
            client.send("PUT /containers/" + OBJECT
                    + "/archive?path=/ HTTP/1.1\r\nHost: d\r\nContent-Length: 1000000\r\n\r\n");
            client.output().write(part);
        }
        assertThat(world.firstAnswer()).startsWith("HTTP/1.1 403 ");
    }),

    ONE_OBJECT(world -> {
        RawResponse refused = world.ask(hostile(4), "POST /containers/huge/start", "");
        assertThat(refused.status()).isEqualTo(502);
        assertThat(refused.body()).contains("describes this object with more than ");
    }),

    CONNECTIONS(world -> {
        for (int i = 0; i < 210; i++) {
            world.connect(hostile(5));
        }
        assertThat(world.firstAnswer()).startsWith("HTTP/1.1 429 ");
    }),

    HEADS(world -> {
        String head = "GET /containers/json HTTP/1.1\r\nHost: d\r\nX: " + "x".repeat(78_000);
        for (int i = 0; i < 60; i++) {
            world.connect(hostile(6)).send(head);
        }
        assertThat(world.connect(hostile(6)).send(head).readHead()).startsWith("HTTP/1.1 503 ");
    }),

    HTTP2_FRAMES(world -> {
        Http2Client client = Http2Client.over(world.connect(hostile(7)));
        int turn = 0;
        while (turn < 1_000_000 && isSent(client.wire(), Http2Flood.PINGS.turn(turn))) {
            turn++;
        }
        assertThat(turn).as("frames before the proxy closes the connection").isLessThan(1_000_000);
    }),

    HTTP2_STREAMS(world -> {
        Http2Client client = Http2Client.over(world.connect("127.4.0.8"));
        List<Integer> streams = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            streams.add(client.request("GET", "/events"));
        }
        for (int stream : streams) {
            assertThat(client.head(stream).status()).isEqualTo(200);
        }
        assertThat(client.ask("GET", "/events").reset()).isPositive();
    }),

    /** The daemon writes at full speed until the sockets and the proxy take no more. */
    UNREAD_RESPONSES(world -> {
        for (int i = 0; i < 50; i++) {
            world.connect("127.4.0.9").request("GET", "/events");
        }
        int[] written = {0, -1};
        await("an end of the writes", () -> {
            written[1] = written[0];
            written[0] = world.asked("written");
            return written[0] > 50 && written[0] == written[1];
        });
        assertThat(written[0]).isLessThan(50 * 1000); // of 16 KiB
    }),

    /** Also the 10,000 execs with their containers: the daemon is asked again about those of the hostile client only. */
    JUDGED_CONTAINERS(world -> {
        String own = "POST /exec/" + OBJECT + "/resize?h=1&w=1";
        assertThat(world.ask(INNOCENT, own, "").status()).isEqualTo(200);
        int before = world.asked("GET /exec/" + OBJECT + "/json");
        assertThat(world.flood(hostile(10), 10_100, i -> "POST /exec/" + id(i) + "/resize?h=1&w=1"))
                .isEqualTo(Map.of(200, 10_100));

        assertThat(world.ask(INNOCENT, own, "").status()).isEqualTo(200);
        assertThat(world.asked("GET /exec/" + OBJECT + "/json")).isEqualTo(before);
        assertThat(world.flood(hostile(10), 1, i -> "POST /exec/" + id(i) + "/resize?h=1&w=1"))
                .isEqualTo(Map.of(200, 1));
        assertThat(world.asked("GET /exec/" + id(0) + "/json")).isEqualTo(2);
    }),

    RECORDS_FOR_RECREATE(world -> {
        String strong = "{'Image':'registry.local/app:2','HostConfig':{'Privileged':true,'NetworkMode':'none'}}";
        assertThat(world.ask("127.3.0.1", "POST /containers/strong/stop", "").status())
                .isEqualTo(200);
        assertThat(world.flood("127.3.0.2", 100, i -> "POST /containers/strong" + i + "/stop"))
                .isEqualTo(Map.of(200, 100));

        assertThat(world.ask("127.3.0.2", "POST /containers/create?name=strong0", strong)
                        .status())
                .isEqualTo(403);
        RawResponse created = world.ask("127.3.0.1", "POST /containers/create?name=strong", strong);
        assertThat(created.status()).as(created.body()).isEqualTo(201);
    }),

    /** A denial of a create tells a client of the same profile what an updater needs. */
    REMEMBERED_REMOVALS(world -> {
        String strong = "{'Image':'app:1','HostConfig':{'Privileged':true}}";
        world.ask(hostile(11), "DELETE /containers/app", "");
        assertThat(world.flood(hostile(12), 1100, i -> "DELETE /containers/app" + i))
                .isEqualTo(Map.of(204, 1100));

        assertThat(world.ask(hostile(12), "POST /containers/create?name=app0", strong)
                        .body())
                .doesNotContain("an updater needs");
        assertThat(world.ask(hostile(11), "POST /containers/create?name=app", strong)
                        .body())
                .contains("an updater needs");
    }),

    /** Two clients of one profile. The daemon gets the removal of the innocent one second, though it came last. */
    TURNS_OF_REMOVALS(world -> {
        String mine = "DELETE /volumes/mine";
        world.holdRemovals();
        int before = world.removals().size();
        for (int i = 0; i < 30; i++) {
            world.connect(hostile(13)).request("DELETE", "/volumes/held" + i);
        }
        await("a removal", () -> world.removals().size() > before);
        RawClient innocent = world.connect(hostile(14)).send(request(mine, ""));
        await("all removals wait", () -> world.metric("open{kind=\"exchange\",profile=\"hostile\"}") >= 31);
        world.letRemove();

        assertThat(innocent.readAnswer("DELETE").status()).isEqualTo(204);
        List<String> removals = world.removals();
        assertThat(removals.subList(before, removals.size()).indexOf(mine)).isBetween(1, 2);
    }),

    BUILDS(world -> {
        String own = "innocent".repeat(3);
        assertThat(world.ask("127.4.0.1", "POST /build?buildid=" + own, "").status())
                .isEqualTo(200);
        assertThat(world.flood("127.4.0.2", 1010, i -> "POST /build?buildid=" + id(i)))
                .isEqualTo(Map.of(200, 1010));

        assertThat(world.flood("127.4.0.2", 1, i -> "POST /build/cancel?id=" + id(i)))
                .isEqualTo(Map.of(403, 1));
        assertThat(world.ask("127.4.0.2", "POST /build/cancel?id=" + own, "").status())
                .isEqualTo(403);
        assertThat(world.ask("127.4.0.1", "POST /build/cancel?id=" + own, "").status())
                .isEqualTo(200);
    }),

    RATE_OF_A_PROFILE(world -> {
        assertThat(world.flood("127.5.0.1", 10, i -> "GET /containers/json"))
                .containsKey(429)
                .containsEntry(200, 3);
    }),

    CONNECTIONS_OF_THE_PAGE(world -> {
        for (int i = 0; i < 40; i++) {
            world.connectToPage(hostile(15));
        }
        assertThat(world.firstAnswer()).startsWith("HTTP/1.1 429 ");
        assertThat(world.connectToPage(INNOCENT)
                        .send("GET /startupz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        .readHead())
                .startsWith("HTTP/1.1 200 ");
    }),

    CLIENTS_ON_THE_PAGE(world -> {
        for (int i = 1; i <= 300; i++) {
            world.ask("127.1.2" + i / 200 + "." + i % 200, "GET /_ping", "");
        }
        assertThat(world.page("hostile")).contains("and 237 more"); // of 256, beside 20
    }),

    DENIALS_ON_THE_PAGE(world -> {
        assertThat(world.flood(hostile(16), 250, i -> "GET /swarm")).isEqualTo(Map.of(403, 250));
        assertThat(world.page("hostile")).contains("200 times");
    }),

    UNRECREATABLE_CONTAINERS(world -> {
        assertThat(world.flood(hostile(17), 25, i -> "DELETE /containers/strong" + i))
                .isEqualTo(Map.of(204, 25));
        String warning = "could not create again: the container's HostConfig.Privileged is true";
        await("all warnings", () -> count(warning, world.messages()) >= 25);
        assertThat(count(warning, world.page("hostile"))).isEqualTo(20);
    }),

    OLD_CLIENTS(world -> {
        for (int i = 1; i <= 101; i++) {
            world.ask("127.1.30." + i, "GET /v1.30/containers/json", "");
        }
        world.ask(INNOCENT, "GET /v1.30/containers/json", "");
        assertThat(world.messages())
                .contains("client 127.1.30.90 uses API 1.30")
                .doesNotContain("127.2.0.1 uses");
    }),

    /** Denials of the innocent client are not collapsed. */
    REPEATED_DENIALS(world -> {
        Pattern two =
                Pattern.compile("(?s)127.2.0.1@innocent deny [^\n]*/swarm .*127.2.0.1@innocent deny [^\n]*/swarm ");
        int begin = world.log().length();
        await("two lines", () -> {
            try {
                world.flood(hostile(18), 1000, i -> "GET /none" + i);
                world.ask(INNOCENT, "GET /swarm", "");
                world.ask(INNOCENT, "GET /swarm", "");
                await("the log", () -> world.log().substring(begin).contains("/swarm "));
                return two.matcher(world.log().substring(begin)).find();
            } catch (Exception failed) {
                throw new AssertionError(failed);
            }
        });
    }),

    AUDIT_LOG(world -> {
        world.stopReadingOutput();
        for (int i = 0; i < 10 && world.metric("audit_dropped_total") == 0; i++) {
            world.flood("127.4.0.19", 2_000, each -> "GET /containers/json");
        }
        assertThat(world.metric("audit_dropped_total")).isPositive();
    }),

    TRIED_POLICY(world -> {
        for (int i = 0; i < 20; i++) {
            world.connect("127.4.0.20")
                    .send("POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                            + "Content-Length: 1000000\r\n\r\n" + "x".repeat(900_000));
        }
        await("a skipped request", () -> world.metric("shadow_skipped_total{cause=\"load\"}") > 0);
    });

    /** Fills something, and asserts that it is full. */
    interface Fill {
        void of(ExhaustionWorld world) throws Exception;
    }

    @SuppressWarnings("ImmutableEnumChecker") // the functions have no state
    private final Fill fill;

    Exhaustion(Fill fill) {
        this.fill = fill;
    }

    void fill(ExhaustionWorld world) throws Exception {
        fill.of(world);
    }

    /** Returns an address of the hostile profile. */
    private static String hostile(int client) {
        return "127.1.0." + client;
    }

    private static String id(int number) {
        return String.format("%064x", number);
    }

    private static int count(String part, String text) {
        return text.split(Pattern.quote(part), -1).length - 1;
    }

    private static boolean isSent(RawClient client, byte[] frame) {
        try {
            client.output().write(frame);
            return true;
        } catch (IOException closed) {
            return false;
        }
    }
}
