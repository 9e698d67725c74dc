package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;
import org.socketproxy.json.JsonText;

/** Labels by which profiles select clients: no client gives them to a container. The profile of the tests may give the value web. */
class ClientLabelsTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final ClientLabels LABELS = new ClientLabels(Map.of("p", Set.of("web")));
    private static final CreateRules RULES =
            new CreateRules(CreateAllowances.NONE, BindRules.NONE, ImageRules.ALL, Set.of(), 1 << 20).with(LABELS);

    private static JsonBody body(String json) {
        return JsonBody.of(ByteBuffer.wrap(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // operation | body | subject of the violation, or nothing
                "ContainerCreate | {'Image':'busybox'} | ``",
                "ContainerCreate | {'Image':'busybox','Labels':{'p':'ci'}} | Labels.p is a label by which a profile selects clients",
                "ContainerCreate | {'Image':'busybox','Labels':{'p':'other'}} | Labels.p is a label by which a profile selects clients",
                "ContainerCreate | {'Image':'busybox','Labels':{'p':'WEB'}} | Labels.p is a label by which a profile selects clients",
                "ContainerCreate | {'Image':'busybox','Labels':{'p':'web'}} | ``",
                "ContainerCreate | {'Image':'busybox','Labels':{'p':''}} | ``",
                "ContainerCreate | {'Image':'busybox','Labels':{'q':'ci','P':'ci','p.x':'ci'}} | ``",
                "ContainerCreate | {'Image':'busybox','labels':{'p':'ci'}} | labels is another spelling of Labels, which the daemon reads as the same field",
                "ContainerCreateLibpod | {'image':'busybox','labels':{'p':'ci'}} | labels.p is a label by which a profile selects clients",
                "ContainerCreateLibpod | {'image':'busybox','Labels':{'p':'ci'}} | Labels is another spelling of labels, which the daemon reads as the same field",
                "PodCreateLibpod | {'labels':{'p':'ci'}} | labels.p is a label by which a profile selects clients",
                "ServiceCreate | {'TaskTemplate':{'ContainerSpec':{'Image':'busybox','Labels':{'p':'ci'}}}} | TaskTemplate.ContainerSpec.Labels.p is a label by which a profile selects clients",
                "ServiceUpdate | {'TaskTemplate':{'ContainerSpec':{'Image':'busybox','Labels':{'p':'ci'}}}} | TaskTemplate.ContainerSpec.Labels.p is a label by which a profile selects clients",
                "ServiceCreate | {'Labels':{'p':'ci'},'TaskTemplate':{'ContainerSpec':{'Image':'busybox'}}} | ``",
                "VolumeCreate | {'Labels':{'p':'ci'}} | ``",
            })
    void noClientGivesTheLabel(String id, String json, String subject) {
        Operation operation = CATALOGUE.byId(id).orElseThrow();

        List<Violation> violations = RULES.judgeBody(operation, body(json));

        assertThat(violations.stream().map(Violation::subject).toList())
                .as(json)
                .isEqualTo(subject.isEmpty() ? List.of() : List.of(subject));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ContainerCreate | {'Image':'busybox'} | {'Image':'busybox','Labels':{'p':''}}",
                "ContainerCreate | {'Labels':{'p':'web','x':'y'}} | {'Labels':{'p':'web','x':'y'}}",
                "ContainerCreateLibpod | {'labels':null} | {'labels':{'p':''}}",
                "PodCreateLibpod | {} | {'labels':{'p':''}}",
                "ServiceCreate | {} | {'TaskTemplate':{'ContainerSpec':{'Labels':{'p':''}}}}",
                "VolumeCreate | {} | {}",
            })
    void newContainersDoNotInheritTheLabelOfTheirImage(String id, String json, String written) {
        BodyEdits edits = new BodyEdits(NewLabels.NONE, LABELS, false, 0, false, null);

        JsonBody edited = edits.write(CATALOGUE.byId(id).orElseThrow(), body(json));

        assertThat(StandardCharsets.UTF_8
                        .decode(JsonText.write(edited.object()))
                        .toString())
                .isEqualTo(written.replace('\'', '"'));
    }

    /** An updater creates a container again that was older than the condition. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'Labels':{'p':'','a':'b'}} | {'a':'b'}        | {'Labels':{'a':'b'}}",
                "{'Labels':{'p':''}}         | {'p':''}         | {'Labels':{'p':''}}",
                "{'Labels':{'p':'web'}}      | {'a':'b'}        | {'Labels':{'p':'web'}}",
                "{'Labels':{'q':''}}         | {}               | {'Labels':{'q':''}}",
            })
    void recreatedContainersMayHaveTheEmptyLabelInAddition(String json, String recorded, String compared) {
        assertThat(LABELS.without(body(json).object(), body(recorded).object()))
                .isEqualTo(body(compared).object());
    }
}
