package org.socketproxy.policy.mask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.ElementEditor.Replace;
import org.socketproxy.json.ElementException;
import org.socketproxy.json.ElementException.Kind;
import org.socketproxy.json.Rewriter;

/** Values and shapes that the daemon rarely or never sends. */
class MaskedElementTest {
    private static final Set<MaskGroup> ALL = EnumSet.allOf(MaskGroup.class);

    private static String mask(String operation, String json) throws ElementException {
        return MaskRulesTest.mask(ALL, operation, json, 1 << 20);
    }

    /** Each line: JSON of a container, a bar, the JSON after masking with the marker written as #. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"Config\":{\"Env\":[\"A=b=c\"]}}               | {\"Config\":{\"Env\":[\"A=#\"]}}",
                "{\"Config\":{\"Env\":[\"A=\",\"B\",\"\",null]}}  | {\"Config\":{\"Env\":[\"A=\",\"B\",\"\",null]}}",
                "{\"Config\":{\"Env\":[\"A\\u003ds=x\"]}}         | {\"Config\":{\"Env\":[\"A=#\"]}}",
                "{\"Config\":{\"Env\":[\"\\\"é\\\\=s\"]}}         | {\"Config\":{\"Env\":[\"\\\"é\\\\=#\"]}}",
                "{\"Config\":{\"\\u0045nv\":[\"A=s\"]}}           | {\"Config\":{\"\\u0045nv\":[\"A=#\"]}}",
                "{\"Config\":{\"Env\":[\"A=s\"],\"Env\":[\"B=s\"]}} | {\"Config\":{\"Env\":[\"A=#\"],\"Env\":[\"B=#\"]}}",
                "{\"Config\":{\"Env\":[\"s s\",\"s\\nB\",\"é\"]}}    | {\"Config\":{\"Env\":[\"#\",\"#\",\"#\"]}}",
                "{\"Config\":{\"Env\":\"A=s\"}}                   | {\"Config\":{\"Env\":\"#\"}}",
                "{\"Config\":{\"Env\":[[\"A=s\"]]}}               | {\"Config\":{\"Env\":[[\"A=#\"]]}}",
                "{\"Config\":{\"Env\":{\"A\":\"B=s\",\"C\":\"s\"}}} | {\"Config\":{\"Env\":{\"A\":\"#\",\"C\":\"#\"}}}",
                "{\"Config\":{\"Env\":[{\"A\":\"s\"},7]}}       | {\"Config\":{\"Env\":[{\"A\":\"#\"},0]}}",
                "{\"Config\":[{\"Env\":[\"A=s\"]}]}               | {\"Config\":[{\"Env\":[\"A=#\"]}]}",
                "{\"Config\":null,\"Other\":{\"Env\":[\"A=s\"]}}  | {\"Config\":null,\"Other\":{\"Env\":[\"A=s\"]}}",
                "{\"Path\":\"\",\"Args\":null}                    | {\"Path\":\"\",\"Args\":null}",
                "{\"Path\":{\"s\":[\"s\",1,true,null]}}           | {\"Path\":{\"s\":[\"#\",0,true,null]}}",
                "{\"State\":{\"Pid\":4711,\"ExitCode\":1.0}}      | {\"State\":{\"Pid\":0,\"ExitCode\":1.0}}",
                "{\"State\":{\"Pid\":4.7e11}}                     | {\"State\":{\"Pid\":0}}",
                "{\"HostConfig\":{\"Binds\":[\"/s:/t:ro\"]}}      | {\"HostConfig\":{\"Binds\":[\"#:/t:ro\"]}}",
                "{\"HostConfig\":{\"Binds\":[\"C:\\\\s:D:\\\\t\"]}} | {\"HostConfig\":{\"Binds\":[\"#\"]}}",
                "{\"HostConfig\":{\"SecurityOpt\":[\"seccomp:s\",\"no-new-privileges\"]}}"
                        + " | {\"HostConfig\":{\"SecurityOpt\":[\"seccomp:#\",\"no-new-privileges\"]}}",
            })
    void valuesOfAContainer(String json, String masked) throws ElementException {
        assertThat(mask("ContainerInspect", json)).isEqualTo(masked.replace("#", Marker.TEXT));
    }

    @ParameterizedTest
    @CsvSource({
        "exec_create: sh -c s,   exec_create: #",
        "exec_start: s,          exec_start: #",
        "exec_start:s,           exec_start: #",
        "exec_die,               exec_die",
        "health_status: healthy, health_status: healthy",
    })
    void actionOfAnEvent(String action, String masked) throws ElementException {
        assertThat(mask("SystemEvents", "\u001e{\"Action\":\"" + action + "\"}\n"))
                .isEqualTo("\u001e{\"Action\":\"" + masked.replace("#", Marker.TEXT) + "\"}\n");
    }

    @ParameterizedTest
    @CsvSource({
        "http://u:p@proxy.example:3128, http://#@proxy.example:3128",
        "u:p@proxy.example,             #@proxy.example",
        "http://u:p@ss/w@proxy,         http://#@proxy",
        "u://p@proxy,                   u://#@proxy",
        "u@v://proxy,                   #@v://proxy",
        "http://proxy.example/,         http://proxy.example/",
    })
    void urlWithCredentials(String url, String masked) throws ElementException {
        assertThat(mask("SystemInfo", "{\"HttpProxy\":\"" + url + "\"}"))
                .isEqualTo("{\"HttpProxy\":\"" + masked.replace("#", Marker.TEXT) + "\"}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"Config\" {}}",
                "{\"Config\":}",
                "{\"Config\":{\"Env\":[\"A=s\" \"B=s\"]}}",
                "{\"Config\":{\"Env\":[,]}}",
                "{\"Other\":[tru]}",
                "{\"Other\":01}",
                "{\"Path\":\"\\x\"}",
                "{Path:\"s\"}",
            })
    void anElementThatIsNotJsonIsRefused(String json) {
        ElementException refused = catchThrowableOfType(ElementException.class, () -> mask("ContainerInspect", json));

        assertThat(refused.kind()).isEqualTo(Kind.MALFORMED);
        assertThat(refused).hasMessage("an element is not valid JSON");
    }

    @Test
    void invalidUtf8IsRefused() {
        byte[] json = "{\"Path\":\"?\"}".getBytes(StandardCharsets.US_ASCII);
        json[9] = (byte) 0xC3;
        ElementException refused = catchThrowableOfType(
                ElementException.class,
                () -> MaskRules.of(MaskSelection.of(ALL), OperationCatalogue.load())
                        .elements(MaskRulesTest.operation("ContainerInspect"))
                        .accept(ByteBuffer.wrap(json), out -> {}));

        assertThat(refused.kind()).isEqualTo(Kind.MALFORMED);
    }

    @Test
    void anElementMayReachTheLimitAfterMasking() throws ElementException {
        byte[] json = "{\"Path\":\"s\",\"Other\":[]}".getBytes(StandardCharsets.US_ASCII);
        int masked = json.length - 1 + Marker.TEXT.length();

        assertThat(Rewriter.anyForm(masked).at("Path", MaskMethod.WHOLE).edit("", ByteBuffer.wrap(json)))
                .isInstanceOfSatisfying(
                        Replace.class,
                        edit -> assertThat(edit.bytes().remaining()).isEqualTo(masked));
        assertThat(catchThrowableOfType(
                                ElementException.class,
                                () -> Rewriter.anyForm(masked - 1)
                                        .at("Path", MaskMethod.WHOLE)
                                        .edit("", ByteBuffer.wrap(json)))
                        .kind())
                .isEqualTo(Kind.TOO_LARGE);
    }

    @Test
    void anElementThatGrowsBeyondTheLimitIsRefused() {
        String many = "\"A=s\",".repeat(500_000);
        ElementException refused = catchThrowableOfType(
                ElementException.class, () -> mask("ContainerInspect", "{\"Config\":{\"Env\":[" + many + "\"\"]}}"));

        assertThat(refused.kind()).isEqualTo(Kind.TOO_LARGE);
    }

    /** BIG is a text of 6 MiB in the form in which the daemon writes a label of 1 MiB. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SystemEvents  | {\"Type\":\"container\",\"Action\":\"exec_start: s\",\"Actor\":{\"ID\":\"1\","
                        + "\"Attributes\":{\"a\":BIG,\"name\":\"n\"}},\"time\":1}{\"Type\":\"network\"} |"
                        + " {\"Type\":\"container\",\"Action\":\"exec_start: #\",\"Actor\":{\"ID\":\"1\","
                        + "\"Attributes\":{\"name\":\"n\"}},\"time\":1}{\"Type\":\"network\"}",
                "ContainerList | [{\"Id\":\"1\",\"Names\":[\"/a\"],\"Command\":\"s\",\"Labels\":{\"a\":BIG}},{\"Id\":\"2\",\"Command\":\"s\"}] |"
                        + " [{\"Id\":\"1\",\"Names\":[\"/a\"],\"Labels\":{}},{\"Id\":\"2\",\"Command\":\"#\"}]",
                "VolumeList    | {\"Volumes\":[{\"Name\":\"v\",\"Options\":{\"o\":\"s\"},\"Labels\":{\"a\":BIG}}],\"Warnings\":null} |"
                        + " {\"Volumes\":[{\"Name\":\"v\",\"Labels\":{}}],\"Warnings\":null}",
                "NetworkList   | [{\"Id\":BIG,\"Name\":\"n\"},{\"Id\":\"2\"}] | [{\"Id\":\"2\"}]",
            })
    void anElementThatIsTooLargeIsReplacedByItsHead(String operation, String json, String expected) throws Exception {
        String big = "\"" + "\\u003c".repeat(1 << 20) + "\"";

        assertThat(mask(operation, json.replace("BIG", big))).isEqualTo(expected.replace("#", Marker.TEXT));
    }

    /** Masking makes one byte to ten. */
    @Test
    void anElementThatBecomesTooLargeIsReplacedByItsHead() throws Exception {
        String many = "\"s\",".repeat(200_000);

        assertThat(mask("ContainerListLibpod", "[{\"Id\":\"1\",\"Command\":[" + many + "\"\"]},{\"Id\":\"2\"}]"))
                .isEqualTo("[{\"Id\":\"1\"},{\"Id\":\"2\"}]");
    }
}
