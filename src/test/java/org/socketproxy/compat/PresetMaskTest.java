package org.socketproxy.compat;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.config.Preset;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.testing.CallList;
import org.socketproxy.testing.Corpus;
import org.socketproxy.testing.FakeDaemon;
import org.socketproxy.testing.ProxyUnderTest;
import org.socketproxy.testing.RawClient;
import org.socketproxy.testing.RawResponse;

/** Presets with {@code MASK}: replays the requests of the client; each field that it reads is as the daemon sent it. */
class PresetMaskTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Responses with the secret {@code hunter2} in environments, command lines and options, by operation. */
    private static final Map<String, String> RESPONSES = Map.of(
            "ContainerList",
            "[{'Id':'4c01','Names':['/web'],'Image':'nginx','Command':'run hunter2','State':'running','Status':'Up 2 minutes"
                    + " (healthy)','Labels':{'traefik.enable':'true','homepage.name':'Web','autoheal.stop.timeout':'5'},"
                    + "'Ports':[{'PrivatePort':80}],'HostConfig':{'NetworkMode':'n'},'NetworkSettings':{'Networks':{'n':{'IPAddress':'172.17.0.2'}}}}]",
            "ContainerInspect",
            "{'Id':'4c01','Name':'/web','Created':'2026-11-30T00:00:00Z','Path':'run','Args':['hunter2'],"
                    + "'State':{'Status':'running','Running':true,'Pid':7,'Health':{"
                    + "'Status':'healthy','Log':[{'Output':'hunter2'}]}},'HostConfig':{'NetworkMode':'n'},'Config':{'Env':["
                    + "'P=hunter2'],'Image':'nginx','Cmd':['run','hunter2'],'Healthcheck':{'Test':['CMD','hunter2']},'Labels':{'traefik.enable':"
                    + "'true'}},'NetworkSettings':{'Ports':{'80/tcp':[{'HostIp':'0.0.0.0','HostPort':'8080'}]},'Networks':{'n':{"
                    + "'NetworkID':'ab','IPAddress':'172.17.0.2','GlobalIPv6Address':''}}}}",
            "SystemEvents",
            "{'Type':'container','Action':'health_status: healthy','Actor':{'ID':'4c01','Attributes':{'name':'web'}}}",
            "ImageHistory",
            "[{'Id':'ab','Created':1,'CreatedBy':'RUN hunter2','Tags':null,'Size':1,'Comment':''}]",
            "NetworkList",
            "[{'Id':'ab','Name':'n','Scope':'local','Driver':'bridge','Internal':false,'Ingress':false,'Options':{'p':'hunter2'},"
                    + "'Labels':{'team':'a'}}]",
            "SystemVersion",
            "{'Version':'26.1.5','ApiVersion':'1.45'}",
            "ContainerStats",
            "{'cpu_stats':{'online_cpus':2},'precpu_stats':{'online_cpus':2},'memory_stats':{'usage':7},'networks':{'eth0':{"
                    + "'rx_bytes':1}}}");

    private record ReadFields(String preset, String operation, List<String> pointers) {}

    @TempDir
    Path folder;

    private static List<ReadFields> fields() {
        return Corpus.lines(PresetMaskTest.class, "preset-fields.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> List.of(line.split(" ")))
                .map(words -> new ReadFields(words.get(0), words.get(1), words.subList(2, words.size())))
                .toList();
    }

    static Stream<Preset> masking() {
        return Preset.all().stream().filter(preset -> !preset.mask().isEmpty());
    }

    @ParameterizedTest
    @MethodSource("masking")
    void fieldsThatTheClientReadsAreNotMasked(Preset preset) throws Exception {
        Set<String> replayed = new HashSet<>();
        try (FakeDaemon daemon = FakeDaemon.running(folder, peer -> {
                    for (String head = peer.readRequest(); head != null; head = peer.readRequest()) {
                        String[] words = head.split(" ", 3);
                        String body = RESPONSES
                                .getOrDefault(operation(words[0], words[1]), "{}")
                                .replace('\'', '"');
                        peer.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
                                + body.length() + "\r\n\r\n" + (words[0].equals("HEAD") ? "" : body));
                    }
                });
                ProxyUnderTest proxy = ProxyUnderTest.with(daemon.socket(), Map.of("PRESET", preset.name()));
                RawClient client = proxy.connect()) {
            for (CallList.Request request : CallList.of(preset.name()).requests()) {
                client.send(request.method() + " " + request.target() + " HTTP/1.1\r\nHost: d\r\n"
                        + (request.method().equals("POST") ? "Content-Length: 0\r\n" : "") + "\r\n");
                RawResponse response = client.readAnswer(request.method());
                String operation = operation(request.method(), request.target());

                assertThat(response.status()).as(request.target()).isEqualTo(200);
                assertThat(response.body()).doesNotContain("hunter2");
                replayed.add(operation);
                compare(preset, operation, response.body());
            }
        }
        assertThat(fields().stream()
                        .filter(read -> read.preset.equals(preset.name()))
                        .map(ReadFields::operation))
                .isNotEmpty()
                .isSubsetOf(replayed);
    }

    private static void compare(Preset preset, String operation, String body) throws IOException {
        List<String> pointers = fields().stream()
                .filter(read -> read.preset.equals(preset.name()) && read.operation.equals(operation))
                .flatMap(read -> read.pointers.stream())
                .toList();
        JsonNode sent = JSON.readTree(RESPONSES.getOrDefault(operation, "{}").replace('\'', '"'));
        JsonNode received = JSON.readTree(body);
        for (String pointer : pointers) {
            assertThat(sent.at(pointer).isMissingNode()).as(pointer).isFalse();
            assertThat(received.at(pointer)).as(pointer).isEqualTo(sent.at(pointer));
        }
    }

    private static String operation(String method, String target) {
        try {
            return CATALOGUE
                    .find(method, RequestTarget.parse(target))
                    .orElseThrow()
                    .id();
        } catch (BadTargetException refused) {
            throw new IllegalArgumentException(target, refused);
        }
    }

    @Test
    void everyPresetWithAMaskHasFields() {
        assertThat(masking().map(Preset::name))
                .isNotEmpty()
                .allSatisfy(name ->
                        assertThat(fields()).extracting(ReadFields::preset).contains(name));
    }
}
