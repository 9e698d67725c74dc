package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.mask.Marker;

/** Decisions of a whole profile on the head of a request, and the change of its response. */
class ProfileRequestTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    /** @param line settings separated by spaces */
    private static Profile profile(String line) throws Exception {
        Map<String, String> environment = new HashMap<>();
        for (String setting : line.split(" ")) {
            environment.put(setting.split("=", 2)[0], setting.split("=", 2)[1]);
        }
        return Settings.read(environment, Variables.load())
                .policy()
                .otherwise()
                .profile(CATALOGUE, ParameterRules.load(), LearnMode.off(), List.of(), InstantSource.system());
    }

    private static Operation operation(String line, RequestTarget target) throws Exception {
        return CATALOGUE.find(line.split(" ")[0], target).orElseThrow();
    }

    private static final String SAFE = "CONTAINERS=1 NETWORKS=1 POST=1 CREATE=safe";
    private static final String CONFINED = SAFE + " TARGETS=label:a=b";

    /** @param settings SAFE and CONFINED stand for {@link #SAFE} and {@link #CONFINED} */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONTAINERS=1 | GET /containers/json                       | -                              | section",
                "CONTAINERS=1 | POST /containers/create                    | -                              | variable-missing",
                "SAFE         | POST /containers/create                    | body / Content-Type: application/json | section",
                "SAFE         | POST /containers/create                    | body / Content-Type: text/plain | create-form",
                "SAFE         | POST /containers/create                    | body                           | create-form",
                "SAFE         | POST /containers/create?name=0123456789ab  | -                              | create-field",
                "CREATE=safe  | POST /containers/create?name=0123456789ab  | -                              | create-field",
                "CREATE=safe  | POST /containers/create                    | -                              | variable-missing",
                "SAFE         | GET /containers/json?name=0123456789ab             | -                              | section",
                "SAFE         | POST /v1.2/containers/create?name=0123456789ab | -                              | version-too-old",
                "SAFE         | GET /unknown                               | -                              | unlisted",
                "SAFE         | POST /plugins/pull?remote=a                | -                              | create-whole",
                "CONFINED     | GET /containers/json                       | -                              | section",
                "CONTAINERS=1 MASK=paths | GET /containers/json?filters=%7B%22volume%22:%5B%22/a%22%5D%7D  | - | masked-filter",
                "CONTAINERS=1 MASK=args  | GET /containers/json?filters=%7B%22volume%22:%5B%22/a%22%5D%7D  | - | section",
                "CONTAINERS=1 MASK=paths API_VERSION=auto | GET /v1.24/containers/json?filters=%7B%22volume%22:%5B%22/a%22%5D%7D  | - | masked-filter",
                "MASK=paths              | GET /containers/json?filters=%7B%22volume%22:%5B%22/a%22%5D%7D  | - | masked-filter",
                "CONTAINERS=1 MASK=paths CREATE=safe TARGETS=label:a=b | GET /containers/json?filters=%7B%22volume%22:%5B%22/a%22%5D%7D  | - | masked-filter",
                "CONFINED     | POST /auth                                 | -                              | operation-unconfined",
                "CONFINED     | GET /unknown                               | -                              | unlisted",
            })
    void requestIsDecidedByVariablesRulesAndTargets(String settings, String line, String head, String reason)
            throws Exception {
        Profile profile = profile(settings.equals("SAFE") ? SAFE : settings.equals("CONFINED") ? CONFINED : settings);
        RequestTarget target = RequestTarget.parse(line.split(" ")[1]);
        Operation operation = CATALOGUE.find(line.split(" ")[0], target).orElse(null);

        Decision decision = profile.decide(operation, target, HeadLines.parse(head));

        assertThat(decision.reason().code()).isEqualTo(reason);
        assertThat(profile.letsThrough(decision)).isEqualTo(reason.equals("section"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "CONTAINERS=1                | GET /containers/json | /containers/json",
                "CONFINED                    | GET /containers/json | /containers/json?filters=%7B%22label%22%3A%7B%22a%3Db%22%3Atrue%7D%7D",
            })
    void listIsConfinedToTheTargets(String settings, String line, String confined) throws Exception {
        Profile profile = profile(settings.equals("CONFINED") ? CONFINED : settings);
        RequestTarget target = RequestTarget.parse(line.split(" ")[1]);

        assertThat(profile.confine(operation(line, target), target).target().raw())
                .isEqualTo(confined);
    }

    private static final String CONTAINER = "{\"Config\":{\"Env\":[\"A=s\"]}}";
    private static final String ERROR = "{\"message\":\"in use by 0123456789abcdef\"}";

    /** Each row: settings, request, status of the response, its body, and how the client gets it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CONTAINERS=1          | GET /containers/web/json        | 200 | CONTAINER | same",
                "CONTAINERS=1 MASK=env | GET /containers/web/json        | 200 | CONTAINER | masked",
                "CONTAINERS=1 MASK=env | GET /containers/web/json        | 404 | CONTAINER | same",
                "CONTAINERS=1 MASK=env | GET /containers/web/attach/ws   | 200 | CONTAINER | same",
                "CONTAINERS=1          | DELETE /containers/web          | 409 | ERROR     | same",
                "CONFINED              | DELETE /containers/web          | 409 | ERROR     | hidden",
                "CONFINED              | DELETE /containers/web          | 200 | ERROR     | same",
                "CONFINED              | POST /containers/web/stop       | 409 | ERROR     | same",
            })
    void responseIsChangedByMaskAndTargets(String settings, String line, int status, String body, String change)
            throws Exception {
        Profile profile = profile(settings.equals("CONFINED") ? CONFINED : settings);
        RequestTarget target = RequestTarget.parse(line.split(" ")[1]);
        Operation operation = operation(line, target);
        String response = body.equals("ERROR") ? ERROR : CONTAINER;

        String changed =
                transformed(profile.transform(operation, profile.confine(operation, target)), status, response);

        assertThat(changed)
                .isEqualTo(
                        switch (change) {
                            case "masked" -> response.replace("A=s", "A=" + Marker.TEXT);
                            case "hidden" -> response.replace("0123456789abcdef", "hidden");
                            default -> response;
                        });
    }

    private static String transformed(@Nullable ResponseTransform transform, int status, String body)
            throws TransformException {
        ResponseTransform applied = transform == null ? null : transform.of(status);
        if (applied == null) {
            return body;
        }
        StringBuilder out = new StringBuilder();
        applied.accept(StandardCharsets.UTF_8.encode(body), bytes -> out.append(StandardCharsets.UTF_8.decode(bytes)));
        applied.end();
        return out.toString();
    }

    @Test
    void ownMountsAreNoBinds() throws Exception {
        Profile profile = profile(SAFE + " BINDS=/srv/own:rw");
        Operation create = CATALOGUE.byId("ContainerCreate").orElseThrow();
        Decision allowed = profile.decide(create);
        ByteBuffer body =
                StandardCharsets.UTF_8.encode("{\"Image\":\"a\",\"HostConfig\":{\"Binds\":[\"/srv/own:/x\"]}}");

        assertThat(profile.bodyJudge(create).deny(allowed, JsonBody.of(body))).isNull();
        assertThat(profile.bodyJudge(create, List.of(), Map.of()).deny(allowed, JsonBody.of(body)))
                .isNull();
        assertThat(profile.bodyJudge(create, List.of("/srv/own"), Map.of()).deny(allowed, JsonBody.of(body)))
                .isNotNull();
        assertThat(profile.bodyJudge(create, List.of("/other"), Map.of()).deny(allowed, JsonBody.of(body)))
                .isNull();
    }

    @Test
    void bodiesHaveLimits() throws Exception {
        Profile profile = profile(CONFINED + " MAX_BODY=7000");

        assertThat(profile.bodyJudge(CATALOGUE.byId("ContainerCreate").orElseThrow())
                        .maxBytes())
                .isEqualTo(7000);
        assertThat(profile.bodyJudge(CATALOGUE.byId("NetworkDisconnect").orElseThrow())
                        .maxBytes())
                .isEqualTo(1 << 20);
    }

    /** An operation that can be confined is confined, also if the profile allows it by its id. */
    @ParameterizedTest
    @CsvSource({"ContainerList, true", "SystemAuth, false"})
    void onlyWhatCannotBeConfinedIsAllowedByItsId(String id, boolean isConfined) throws Exception {
        Profile confined = profile(CONFINED);
        Profile profile = Profile.of(
                        confined.origin(),
                        Policy.of(
                                CATALOGUE,
                                ParameterRules.load(),
                                Set.of(),
                                Compatibility.LINUXSERVER,
                                OperationExceptions.of(Set.of("ContainerList", "SystemAuth"), Set.of()),
                                Policy.Term.ENDLESS))
                .create(confined.create())
                .targets(confined.targets())
                .mask(confined.mask(), 1 << 20)
                .build();
        Operation operation = CATALOGUE.byId(id).orElseThrow();
        RequestTarget target = RequestTarget.parse("/x");

        assertThat(profile.decide(operation).reason()).isEqualTo(Reason.OPERATION_ALLOWED);
        assertThat(profile.confines(operation)).isEqualTo(isConfined);
        assertThat(profile.confine(operation, target).target().equals(target)).isNotEqualTo(isConfined);
    }

    @Test
    void denialsOfFiltersNameTheirReason() throws Exception {
        Profile profile = profile(CONFINED);
        Decision allowed = profile.decide(CATALOGUE.byId("ContainerList").orElseThrow());

        assertThat(profile.name()).isEqualTo(profile.origin().name()).isNotEmpty();
        Decision denied = allowed.deny(Reason.TARGET_PARAMETER_UNCONFINED);
        assertThat(denied.reason()).isEqualTo(Reason.TARGET_PARAMETER_UNCONFINED);
        assertThat(denied.operation()).isEqualTo(allowed.operation());
        assertThat(denied.isWrite()).isFalse();
    }
}
