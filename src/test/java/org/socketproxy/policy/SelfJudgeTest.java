package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.self.ProtectedSubject;
import org.socketproxy.policy.self.ProxyContainer;
import org.socketproxy.policy.self.ProxyContainer.Environs;
import org.socketproxy.policy.self.ProxyContainer.Image;
import org.socketproxy.policy.self.SelfRule;

/** Bodies that use the container {@code guard} of the proxy; in the JSON, quotes are written as apostrophes. */
class SelfJudgeTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final ProxyContainer OWN = new ProxyContainer(
            "5e1f" + "0".repeat(60),
            Set.of("guard"),
            new Image("", Set.of()),
            Set.of("ledger"),
            Map.of(),
            new Environs(Map.of(), List.of(), Set.of("A=1"), Set.of("guard"), Map.of()));

    private static Operation operation(String id) {
        return CATALOGUE.byId(id).orElseThrow();
    }

    private static SelfJudge judge(String id, @Nullable BodyJudge next) {
        return new SelfJudge(List.of(ProtectedSubject.of(OWN)), SelfRule.of(operation(id)), "", next);
    }

    private static Decision allowed(String id) {
        return new Decision(Reason.SECTION, operation(id), true, List.of("POST"), List.of());
    }

    private static JsonBody body(String text) {
        return JsonBody.of(StandardCharsets.UTF_8.encode(text.replace('\'', '"')));
    }

    private static String code(@Nullable Decision denial) {
        return denial == null ? "allowed" : denial.reason().code();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "NetworkConnect    | {'Container':'guard'}                                      | self-protected",
                "NetworkConnect    | {'container':'5e1f'}                                       | self-protected",
                "NetworkDisconnect | {'Container':'web','Container':'guard'}                    | body-refused",
                "NetworkConnect    | {'Container':'web'}                                        | allowed",
                "NetworkConnect    | {'Container':'web','Aliases':['guard','container:guard']}  | allowed",
                "NetworkConnect    | {'Container':                                              | body-refused",
                "NetworkConnect    | ``                                                         | allowed",
                "ContainerCreate   | {'Image':'a','HostConfig':{'Binds':['ledger:/x']}}         | self-protected",
                "ContainerCreate   | {'HostConfig':{'Mounts':[{'Type':'volume','Source':'ledger','Target':'/x'}]}} | self-protected",
                "ContainerCreate   | {'Image':'a','HostConfig':{'Binds':['other:/x']}}          | allowed",
                "ContainerCreate   | {'HostConfig':{'NetworkMode':'container:guard'}}           | self-protected",
                "ContainerCreate   | {'HostConfig':{'PidMode':'container:5e1f'}}                | self-protected",
                "ContainerCreate   | {'HostConfig':{'NetworkMode':'container:web'}}             | allowed",
                "ContainerCreate   | {'Container':'guard'}                                      | allowed",
                "ContainerCreate   | ``                                                         | allowed",
                "ContainerCreate   | {                                                          | body-refused",
                "VolumeCreate      | {'Name':'ledger'}                                          | allowed",
                "ContainerCreateLibpod | {'volumes':[{'Name':'ledger','Dest':'/x'}]}            | self-protected",
                "ContainerCreateLibpod | {'volumes':[{'Name':'other','Dest':'/x'}]}             | allowed",
                "ContainerCreateLibpod | {'pidns':{'nsmode':'container','value':'guard'}}       | self-protected",
                "ContainerCreateLibpod | {'netns':{'value':'5e1f','nsmode':'container'}}        | self-protected",
                "ContainerCreateLibpod | {'netns':{'nsmode':'container','value':'web'}}         | allowed",
                "ContainerCreateLibpod | {'netns':{'nsmode':'bridge'},'env':{'value':'guard'}}  | allowed",
                "PodCreateLibpod   | {'volumes':[{'Name':'ledger','Dest':'/x'}]}                | self-protected",
                "PodCreateLibpod   | {'ipcns':{'nsmode':'container','value':'guard'}}           | self-protected",
                "PodCreateLibpod   | {'name':'guard'}                                           | self-protected",
            })
    void bodyThatUsesTheOwnContainerIsDenied(String id, String text, String reason) {
        assertThat(code(judge(id, null).deny(allowed(id), body(text)))).isEqualTo(reason);
    }

    @Test
    void theNextJudgeDecidesOnTheRest() {
        BodyJudge next =
                (allowed, body) -> Decision.denied(Reason.CREATE_FIELD, allowed.operation(), allowed.isWrite());

        assertThat(code(judge("NetworkConnect", next).deny(allowed("NetworkConnect"), body("{'Container':'web'}"))))
                .isEqualTo("create-field");
        assertThat(code(judge("NetworkConnect", next).deny(allowed("NetworkConnect"), body("{'Container':'guard'}"))))
                .isEqualTo("self-protected");
        assertThat(code(judge("ContainerCreate", next).deny(allowed("ContainerCreate"), body("{"))))
                .isEqualTo("create-field");
    }

    @Test
    void theBodyIsHeldForTheNextJudge() {
        BodyJudge next = new BodyRules.MaskedValueJudge(7, null);

        assertThat(judge("NetworkConnect", null).maxBytes()).isEqualTo(BodyJudge.MAX_BYTES);
        assertThat(judge("NetworkConnect", next).maxBytes()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "guard | {'Env':['A=1','B=2']} | true",
                "guard | {'Env':['A=2']}       | false",
                "guard | {}                    | false",
                "guard | {                     | false",
                "web   | {}                    | true",
                "web   | {                     | true",
            })
    void theOwnContainerIsReplacedOnlyWithItsEnvironment(String name, String text, boolean isAllowed) {
        String id = name.equals("guard") ? OWN.id() : "0".repeat(64);

        assertThat(judge("ContainerCreate", null).isReplacementAllowed(id, body(text)))
                .isEqualTo(isAllowed);
    }

    /** Not the advice to trust another profile, because the body may name nothing of it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'Image':'x',} | is not valid JSON",
                "{'Image':'x'} {} | continues after its JSON value",
                "{'Image':'x','HostConfig':{'Binds':[],'Binds':[]}} | at /HostConfig/Binds that comes twice in the same object",
            })
    void denialOfAnUnreadableBodyNamesWhatIsWrong(String text, String problem) {
        ProtectedSubject client = new ProtectedSubject(
                new ProtectedSubject.Owner("exec", "policy.yaml line 7"),
                List.of(OWN),
                Set.of(),
                ProtectedSubject.ClientNetworks.NONE,
                Set.of(),
                name -> false);
        SelfJudge judge = new SelfJudge(List.of(client), SelfRule.of(operation("ContainerCreate")), "", null);

        Decision denial = judge.deny(allowed("ContainerCreate"), body(text));

        assertThat(DenialMessage.sentence(denial, ProfileOrigin.ENVIRONMENT, List::of))
                .contains("ContainerCreate")
                .contains(problem)
                .contains("so the proxy cannot check what it names")
                .doesNotContain("trusts");
    }
}
