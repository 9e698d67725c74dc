package org.socketproxy.policy.build;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.policy.build.BuildRules.ImageLabels;
import org.socketproxy.policy.create.BindRules;
import org.socketproxy.policy.create.CreateAllowances;
import org.socketproxy.policy.create.CreatePermission;
import org.socketproxy.policy.create.CreateRules;
import org.socketproxy.policy.create.ImageRules;
import org.socketproxy.policy.create.Requirements.Requirement;
import org.socketproxy.policy.create.SignedImages;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.testing.Corpus;

/** Judges the builds of {@code build-corpus.txt}, and forces values into messages. */
class BuildRulesTest {
    private static final Map<String, String> TYPES =
            Map.of("ControlSolve", "ControlSolve", "LLBBridgeSolve", "BridgeSolve", "LLBBridgeReturn", "BridgeReturn");
    private static final BuildRules SAFE = rules("-", ImageLabels.NONE);
    private static final BuildRules CONFINED = new BuildRules(
            null, new ImageLabels(Map.of("owner", "ci"), Set.of("team"), (key, value) -> value.equals("dev")), "ci");

    static Stream<List<String>> cases() {
        return Corpus.lines(BuildRulesTest.class, "build-corpus.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(line -> List.of((line + " ").split(" \\| ", 4)));
    }

    static BuildMessage message(String operation, String text) {
        try {
            return MessageText.read(operation, TYPES.get(operation), text);
        } catch (MalformedMessageException malformed) {
            throw new IllegalArgumentException(operation + " " + text, malformed);
        }
    }

    static BuildRules rules(String settings, ImageLabels labels) {
        Map<String, List<String>> values = new HashMap<>();
        for (String setting : settings.equals("-") ? new String[0] : settings.split(" ")) {
            String[] parts = setting.split("=", 2);
            values.put(parts[0], List.of(parts[1].split(",")));
        }
        Map<CreatePermission, Set<String>> permissions = new EnumMap<>(CreatePermission.class);
        values.getOrDefault("CREATE_ALLOW", List.of())
                .forEach(word -> permissions.put(CreatePermission.of(word).orElseThrow(), Set.of()));
        CreateRules create = new CreateRules(
                new CreateAllowances(permissions),
                BindRules.NONE,
                new ImageRules(
                        values.getOrDefault("CREATE_IMAGES", List.of()),
                        SignedImages.parse(String.join(",", values.getOrDefault("CREATE_SIGNED", List.of())))
                                .orElseThrow()),
                values.getOrDefault("CREATE_REQUIRE", List.of()).stream()
                        .map(word -> Requirement.of(word).orElseThrow())
                        .collect(Collectors.toSet()),
                1 << 20);
        return new BuildRules(create, labels, "");
    }

    private static String outcome(List<Violation> violations) {
        return violations.isEmpty() ? "allow" : violations.get(0).kind().name().toLowerCase(Locale.ROOT);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void buildIsAllowedOrDenied(List<String> cells) {
        BuildRules rules = rules(cells.get(1), ImageLabels.NONE);
        List<Violation> violations = rules.judge(message(cells.get(2), cells.get(3)));

        assertThat(outcome(violations)).as("%s", violations).isEqualTo(cells.get(0));
    }

    @Test
    void corpusHasEveryRowWithAPermissionAndEveryElementForBuilds() {
        String settings = cases().map(cells -> cells.get(1)).collect(Collectors.joining(" "));

        assertThat(cases().filter(cells -> cells.get(0).equals("allow"))).hasSizeGreaterThan(20);
        assertThat(cases().filter(cells -> !cells.get(0).equals("allow"))).hasSizeGreaterThan(60);
        assertThat(BuildFields.table().rows().stream()
                        .map(BuildFields.Row::permission)
                        .filter(permission -> permission != null)
                        .map(CreatePermission::word)
                        .distinct())
                .allSatisfy(word -> assertThat(settings).contains(word));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ControlSolve | Entitlements=network.host | the entitlement network.host lets steps use the network of the host, which CREATE=safe does not allow (CREATE_ALLOW=build-network-host would; a step of a build reaches everything that listens on the host, also on loopback)
            LLBBridgeSolve | FrontendOpt{force-network-mode=host} | the build option force-network-mode is not none or sandbox, which CREATE=safe does not allow (CREATE_ALLOW=build-network-host would; a step of a build reaches everything that listens on the host, also on loopback)
            LLBBridgeSolve | FrontendOpt{secret-option=secret} | the build option secret-option is not known to this proxy, which CREATE=safe does not allow (CREATE_ALLOW=build-frontend would; any image decides what a build does, with control groups, host names and limits of its choice)
            ControlSolve | Exporters{Type=moby Attrs{containerimage.config=secret}} | the attribute containerimage.config of the output type moby is not known to this proxy, which CREATE=safe does not allow
            ControlSolve | Cache{Exports{Type=s3}} | the cache type s3 is not known to this proxy, which CREATE=safe does not allow
            ControlSolve | Definition{def=secret} | the field Definition of the build has steps of its own, and only a Dockerfile is judged, which CREATE=safe does not allow
            """)
    void denialNamesWhatWouldAllowIt(String operation, String text, String sentence) {
        assertThat(SAFE.judge(message(operation, text)).get(0).sentence()).isEqualTo(sentence);
    }

    @Test
    void buildWithoutLimitsIsDeniedByTheRequirement() {
        assertThat(rules("CREATE_REQUIRE=memory,pids", ImageLabels.NONE).judge(message("ControlSolve", "")))
                .extracting(Violation::sentence)
                .containsExactly(
                        "the steps of a build cannot have a limit of memory, and CREATE_REQUIRE has memory"
                                + " (CREATE_ALLOW=build-unlimited would; the steps of a build use all memory and processes of the host)",
                        "the steps of a build cannot have a limit of processes, and CREATE_REQUIRE has pids"
                                + " (CREATE_ALLOW=build-unlimited would; the steps of a build use all memory and processes of the host)");
    }

    /** Go also reads names of other case, and the last of two equal names. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{'Type':'gha'}]",
                "[{'type':'registry','Attrs':{'ref':'a'}}]",
                "[{'Type':'registry','Attrs':{'ref':'a'},'attrs':{'ref':'b'}}]",
                "[{'Type':'registry','Attrs':{'ref':'a','ref':'b'}}]",
                "[{'Type':'registry','Attrs':{'registry.insecure':'true'}}]",
                "[{'Type':'registry','Attrs':{'ref':1}}]",
                "[{'Type':'registry','X':1}]",
                "{'Type':'registry'}",
                "[]x",
                "['registry']"
            })
    void cacheImportsThatTheDaemonCouldReadInAnotherWayAreDenied(String json) {
        Map<String, Object> options = Map.of("cache-imports", json.replace('\'', '"'));
        ProtoMessage fields = message("LLBBridgeSolve", "").fields().with("FrontendOpt", options);

        assertThat(SAFE.judge(new BuildMessage("LLBBridgeSolve", fields))).isNotEmpty();
    }

    @Test
    void cacheImportsOfClientsAreAllowed() {
        Map<String, Object> options =
                Map.of("cache-imports", "[{\"Type\":\"registry\",\"Attrs\":{\"ref\":\"a\"}},{\"Type\":\"local\"}]");
        ProtoMessage fields = message("LLBBridgeSolve", "").fields().with("FrontendOpt", options);

        assertThat(SAFE.judge(new BuildMessage("LLBBridgeSolve", fields))).isEmpty();
    }

    @Test
    void labelsAndCacheNamespaceOfTheProfileReplaceThoseOfTheClient() throws MalformedMessageException {
        assertThat(CONFINED.rewrite(message("LLBBridgeSolve", "FrontendOpt{\"label:team\"=own}"))
                        .fields()
                        .textMap("FrontendOpt"))
                .containsEntry("label:team", "own");
        String own =
                "{\"label:owner\"=dev \"label:a\"=b \"build-arg:BUILDKIT_CACHE_MOUNT_NS\"=dev cmdline=evil add-hosts=a=1.2.3.4 \"sharedkey:localdir:dir\"=dir:1}";
        for (String operation : List.of("ControlSolve", "LLBBridgeSolve")) {
            String options = operation.equals("ControlSolve") ? "FrontendAttrs" : "FrontendOpt";
            BuildMessage sent = CONFINED.rewrite(message(operation, options + own));

            assertThat(BuildMessage.read(operation, sent.encode()).fields().textMap(options))
                    .isEqualTo(Map.of(
                            "label:owner", "ci",
                            "label:team", "",
                            "label:a", "b",
                            "build-arg:BUILDKIT_CACHE_MOUNT_NS", "ci",
                            "add-hosts", "6369.profile.invalid=127.0.0.1,a=1.2.3.4",
                            "sharedkey:localdir:dir", "ci/dir:1",
                            "cmdline", "builtin"));
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            allow | ControlSolve | Entitlements=network.host Exporters{Type=moby Attrs{name=a push=true}}
            allow | LLBBridgeSolve | FrontendOpt{cgroup-parent=a force-network-mode=host context=https://a "label:a"=b "label:team"=ci}
            field | LLBBridgeSolve | Definition{def=x}
            field | LLBBridgeSolve | Frontend=gateway.v0
            field | LLBBridgeSolve | FrontendOpt{source=a}
            unknown | LLBBridgeSolve | FrontendOpt{unknown=a}
            field | LLBBridgeSolve | Final=true
            unknown | ControlSolve | Exporters{Type=moby Attrs{containerimage.config=x}}
            field | ControlSolve | EnableSessionExporter=true
            field | ControlSolve | Cache{Imports{Type=local Attrs{src=a}}}
            field | LLBBridgeSolve | FrontendOpt{cache-from=a}
            allow | ControlSolve | Cache{Exports{Type=inline}}
            """)
    void profileWithObjectsOfItsOwnMayBuildWhatKeepsItsLabels(String outcome, String operation, String text) {
        assertThat(outcome(CONFINED.judge(message(operation, text)))).isEqualTo(outcome);
    }

    @Test
    void labelOfAnotherProfileIsDenied() {
        assertThat(outcome(CONFINED.judge(message("LLBBridgeSolve", "FrontendOpt{\"label:owner\"=dev}"))))
                .isEqualTo("allow");
        assertThat(CONFINED.judge(message("LLBBridgeSolve", "FrontendOpt{\"label:team\"=dev}")))
                .extracting(Violation::subject)
                .containsExactly("the build has a label by which another profile selects its objects");
    }

    @Test
    void frontendOfTheDaemonIsForcedAlsoWithBuildFrontendIfTheProfileHasLabels() {
        BuildRules rules = rules("CREATE_ALLOW=build-frontend", CONFINED.labels());

        assertThat(rules.judge(message("LLBBridgeSolve", "Frontend=gateway.v0")))
                .extracting(Violation::remedy)
                .containsOnlyNulls()
                .hasSize(1);
        assertThat(rules.rewrite(message("LLBBridgeSolve", "")).fields().textMap("FrontendOpt"))
                .containsEntry("cmdline", "builtin");
        assertThat(rules("CREATE_ALLOW=build-frontend", ImageLabels.NONE)
                        .rewrite(message("LLBBridgeSolve", ""))
                        .fields()
                        .textMap("FrontendOpt"))
                .isEmpty();
    }

    @Test
    void policyForSourcesDeniesUrls() throws MalformedMessageException {
        ProtoMessage expected = message(
                        "ControlSolve",
                        "SourcePolicy{version=1 rules{action=1 selector{identifier=^ match_type=2}}"
                                + " rules{action=0 selector{identifier=\"^(docker-image|oci-layout)(\\+blob)?://|^local://|^http://buildkit-session/\" match_type=2}}}")
                .fields()
                .message("SourcePolicy");
        BuildMessage sent = SAFE.rewrite(message("ControlSolve", "Ref=r1"));

        assertThat(BuildMessage.read("ControlSolve", sent.encode()).fields().message("SourcePolicy"))
                .isEqualTo(expected);
        assertThat(rules("CREATE_ALLOW=build-remote", ImageLabels.NONE)
                        .rewrite(message("ControlSolve", "Ref=r1"))
                        .fields()
                        .has("SourcePolicy"))
                .isFalse();
    }

    @Test
    void imageNamesAreThoseOfAllOutputsThatMakeAnImage() {
        assertThat(BuildRules.imageNames(message(
                        "ControlSolve",
                        "Exporters{Type=moby Attrs{name=a,b:1}} Exporters{Type=image Attrs{name=c}} Exporters{Type=docker"
                                + " Attrs{name=d}} ExporterDeprecated=moby ExporterAttrsDeprecated{name=a,e}")))
                .containsExactly("a", "b:1", "c", "e");
        assertThat(BuildRules.imageNames(message("ControlSolve", "Exporters{Type=moby} Exporters{Type=tar}")))
                .containsExactly("");
        assertThat(BuildRules.imageNames(message("ControlSolve", "Exporters{Type=local}")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            true | 3{3{1"r1" 2"def"} 10{1"config" 2"{}"} 10{1"a" 2"b"}} | 1{10{1"a" 2"b"} 3{2"other def" 1"r1"} 10{1"config" 2"{}"}}
            true | 3{4{1{1"p" 2{1"r1"}} 1{1"q" 2{1"r2"}}}} | 1{4{1{1"q" 2{1"r2"}} 1{1"p" 2{1"r1"}}}}
            true | 3{3{1"r1"} 12{1"p" 2{1{2{1"a" 2"b"} 4"path"}}}} | 1{3{1"r1"} 12{1"p" 2{1{2{1"a" 2"b"} 3{} 4"path"}}}}
            true | 1"r1" 3{1"r1"} | 1{1"r1"}
            false | 3{3{1"r1"} 10{1"config" 2"{}"}} | 1{3{1"r1"} 10{1"config" 2"{other}"}}
            false | 3{3{1"r1"} 10{1"config" 2"{}"}} | 1{3{1"r1"}}
            false | 3{3{1"r1"}} | 1{3{1"r2"}}
            false | 3{3{1"r1"}} | 1{3{1"r1"} 10{1"config" 2"{}"}}
            false | 3{4{1{1"p" 2{1"r1"}} 1{1"q" 2{1"r2"}}}} | 1{4{1{1"q" 2{1"r1"}} 1{1"p" 2{1"r2"}}}}
            false | 3{3{1"r1"} 12{1"p" 2{1{4"a"} 1{4"b"}}}} | 1{3{1"r1"} 12{1"p" 2{1{4"b"} 1{4"a"}}}}
            false | 3{3{1"r1"}} | 1{3{1"r1"}} 2{1=1}
            false | 3{99"x"} | 1{}
            false | 3{3{1"r1"} 3{1"r1"}} | 1{3{1"r1"}}
            """)
    void reportedResultIsComparedWithTheDaemons(boolean isEqual, String response, String report)
            throws MalformedMessageException {
        ByteBuffer solved = GrpcFrame.of(WireText.bytes(response));
        BuildMessage returned = BuildMessage.read("LLBBridgeReturn", GrpcFrame.of(WireText.bytes(report)));

        assertThat(isResult(solved, returned)).isEqualTo(isEqual);
    }

    private static boolean isResult(ByteBuffer response, BuildMessage report) {
        try {
            return !BuildResults.isEmpty(report)
                    && BuildResults.fingerprint(response).equals(BuildResults.fingerprint(report));
        } catch (MalformedMessageException unknownForm) {
            return false;
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            true | 1{}
            true | 1{3{}}
            true | 1{1""}
            true | 2{1=1}
            true | 2{1=2} 1{3{1"r1"}}
            false | 1{3{1"r1"}}
            false | 1{10{1"a" 2"b"}}
            """)
    void resultWithoutContentIsEmpty(boolean isEmpty, String report) throws MalformedMessageException {
        BuildMessage returned = BuildMessage.read("LLBBridgeReturn", GrpcFrame.of(WireText.bytes(report)));

        assertThat(BuildResults.isEmpty(returned)).isEqualTo(isEmpty);
    }
}
