package org.socketproxy.dockerapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.table.Table;

/** Each cell of a row of the table has its meaning. */
class OperationTest {
    private static final String LIST = "ContainerList GET /containers/json <=1.24 - json - no CONTAINERS - - lists";
    private static final String ATTACH =
            "AttachLibpod GET /libpod/containers/{name}/attach ? 1.40 hijack websocket ?Stream - A,B C attaches";

    private static Operation parse(String row) {
        Table<Operation> table = OperationTable.named("my.tsv");
        return table.parse(table.header() + "\n" + row.replace(' ', '\t')).get(0);
    }

    @Test
    void hyphenIsAnEmptyCell() {
        assertThat(parse(LIST))
                .usingRecursiveComparison()
                .isEqualTo(new Operation(
                        "ContainerList",
                        "GET",
                        PathTemplate.parse("/containers/json"),
                        "<=1.24",
                        "-",
                        Operation.Kind.JSON,
                        null,
                        Operation.Write.NEVER,
                        "CONTAINERS",
                        List.of(),
                        List.of(),
                        "lists",
                        OperationRules.of("ContainerList")));
    }

    @Test
    void cellsMayBeLists() {
        assertThat(parse(ATTACH))
                .usingRecursiveComparison()
                .isEqualTo(new Operation(
                        "AttachLibpod",
                        "GET",
                        PathTemplate.parse("/libpod/containers/{name}/attach"),
                        "?",
                        "1.40",
                        Operation.Kind.HIJACK,
                        "websocket",
                        new Operation.Write(false, "stream"),
                        null,
                        List.of("A", "B"),
                        List.of("C"),
                        "attaches",
                        OperationRules.NONE));
    }

    @ParameterizedTest
    @CsvSource({
        "yes, /a, true",
        "no, /a?stream=1, false",
        "?stream, /a?stream=1, true",
        "?stream, /a?stream=0, false",
        "?stream, /a, false",
    })
    void operationIsAWriteAlwaysNeverOrWithAParameter(String cell, String target, boolean expected)
            throws BadTargetException {
        assertThat(parse(LIST.replace(" no ", " " + cell + " ")).isWrite(RequestTarget.parse(target)))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"maybe", "stream?"})
    void otherWordForAWriteIsRefused(String cell) {
        assertThatThrownBy(() -> parse(LIST.replace(" no ", " " + cell + " ")))
                .hasMessage("my.tsv, line 2: write is yes, no or ?parameter, not " + cell);
    }

    @ParameterizedTest
    @CsvSource({"json, false", "stream, true", "download, false", "upload, false", "hijack, true"})
    void streamsAndHijacksAreEndless(String kind, boolean expected) {
        assertThat(parse(LIST.replace(" json ", " " + kind + " ")).isEndless()).isEqualTo(expected);
    }

    @Test
    void apiAndProtocolAreTold() {
        Operation list = parse(LIST);
        Operation attach = parse(ATTACH);

        assertThat(list.isLibpod()).isFalse();
        assertThat(attach.isLibpod()).isTrue();
        assertThat(list.isWebSocket()).isFalse();
        assertThat(attach.isWebSocket()).isTrue();
        assertThat(parse(ATTACH.replace("websocket", "tcp")).isWebSocket()).isFalse();
        assertThat(attach.signature()).isEqualTo("GET /libpod/containers/{name}/attach");
    }

    @Test
    void operationsAreEqualIfTheirIdsAre() {
        assertThat(parse(LIST))
                .isEqualTo(parse(LIST.replace(" GET ", " HEAD ")))
                .hasSameHashCodeAs(parse(LIST.replace(" GET ", " HEAD ")))
                .isNotEqualTo(parse(LIST.replace("ContainerList", "Other")))
                .isNotEqualTo("ContainerList");
        assertThat(parse(LIST).hashCode()).isNotEqualTo(parse(ATTACH).hashCode());
    }
}
