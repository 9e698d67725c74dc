package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.BadTargetException;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.json.JsonBody;

/** What the audit record has of a judged body. */
class CreatedObjectTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    private static CreatedObject read(String target, String body) throws BadTargetException {
        RequestTarget parsed = RequestTarget.parse(target);
        return CreatedObject.read(
                CATALOGUE.find("POST", parsed).orElseThrow(),
                parsed,
                JsonBody.of(ByteBuffer.wrap(body.replace('\'', '"').getBytes(StandardCharsets.UTF_8))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            nullValues = "-",
            value = {
                "/containers/create?name=web        | {'Image':'nginx:1'}                   | nginx:1       | web",
                "/v1.45/containers/create           | {'Image':'r.local:5000/a/b@sha256:0a','Name':'x'} | r.local:5000/a/b@sha256:0a | -",
                "/containers/create?name=a&name=b   | {'Image':'sha256:0123abcd'}           | sha256:0123abcd | a,b",
                "/containers/create?name=web        | {'Image':'user:hunter2@r/x'}          | -             | web",
                "/containers/create?name=web        | {'Image':['nginx'],'Env':['P=hunter2']} | -           | web",
                "/containers/create?name=web        | {'Image':'a','Image':'b'}             | -             | web",
                "/containers/create                 | not JSON                              | -             | -",
                "/containers/create                 | []                                    | -             | -",
                "/containers/create                 |                                       | -             | -",
                "/services/create | {'Name':'s','TaskTemplate':{'ContainerSpec':{'Image':'n'}}} | n   | s",
                "/services/x/update?version=1 | {'Name':'s','TaskTemplate':{'ContainerSpec':{'Image':'n'}}} | n | s",
                "/services/create | {'Name':1,'TaskTemplate':[]}                            | -             | -",
                "/libpod/containers/create | {'image':'quay.io/a/b:1','name':'web'}        | quay.io/a/b:1 | web",
                "/libpod/containers/create?name=x | {'image':'dir:/x','Image':'nginx'}     | -             | -",
                "/libpod/pods/create | {'infra_image':'quay.io/a/b:1','name':'pod'}         | quay.io/a/b:1 | pod",
                "/libpod/pods/create | {'image':'quay.io/a/b:1'}                            | -             | -",
                "/volumes/create  | {'Name':'v'}                                            | -             | -",
            })
    void imageAndName(String target, String body, String image, String name) throws Exception {
        assertThat(read(target, body == null ? "" : body))
                .isEqualTo(new CreatedObject(image, name, java.util.List.of()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{'Cmd':['sh','-c','P=hunter2 psql']} | sh,*,*",
                "{'Cmd':['/usr/bin/env']}             | /usr/bin/env",
                "{'Cmd':['P=hunter2 psql','x']}       | *,*",
                "{'Cmd':['P=hunter2']}                | *",
                "{'Cmd':['',null,7,{}]}               | *,*,*,*",
                "{'Cmd':'psql -p hunter2'}            | *",
                "{'Cmd':'true'}                       | true",
                "{'Cmd':[],'Env':['P=hunter2']}       | ''",
                "{'Env':['P=hunter2']}                | ''",
                "{'cmd':['sh']}                       | ''",
            })
    void commandHasNoArgument(String body, String command) throws Exception {
        for (String target : java.util.List.of("/containers/x/exec", "/libpod/containers/x/exec")) {
            assertThat(String.join(",", read(target, body).command()))
                    .isEqualTo(command.equals("''") ? "" : command.replace("*", "***masked-by-socket-proxy***"));
        }
    }

    @Test
    void longFactsAreCut() throws Exception {
        String words = "'sh'" + ",'x'".repeat(1000);

        assertThat(read("/containers/x/exec", "{'Cmd':[" + words + "]}").command())
                .hasSize(CreatedObject.MOST_WORDS);
        assertThat(read("/containers/create?name=" + "n".repeat(5000), "{}").name())
                .hasSize(513);
        assertThat(read("/containers/create", "{'Image':'" + "n".repeat(5000) + "'}")
                        .image())
                .hasSize(513);
    }
}
