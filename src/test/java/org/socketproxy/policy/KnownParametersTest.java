package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.dockerapi.RequestTarget;
import org.socketproxy.policy.ParameterRules.ParameterDenial;
import org.socketproxy.testing.CallList;
import org.socketproxy.testing.Corpus;

/** Tests the closed lists of query parameters; parameter-rules.txt has the values. */
class KnownParametersTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final KnownParameters KNOWN = KnownParameters.load();

    @Test
    void everyWriteHasAClosedList() {
        assertThat(CATALOGUE.operations().stream()
                        .filter(operation -> operation.write().isAlways()))
                .allMatch(KNOWN::isClosed);
    }

    @Test
    void everyReadOfPodmansApiHasAClosedList() {
        assertThat(CATALOGUE.operations().stream().filter(Operation::isLibpod)).allMatch(KNOWN::isClosed);
    }

    @Test
    void readsOfDockersApiThatCanNameSomethingOfTheHostHaveAClosedList() {
        assertThat(Stream.of("CheckpointList", "ContainerTop", "ContainerArchive", "ContainerArchiveInfo")
                        .map(id -> CATALOGUE.byId(id).orElseThrow()))
                .allMatch(KNOWN::isClosed);
    }

    @Test
    void rowsNameOperationsOfTheCatalogue() {
        assertThat(KNOWN.rows().stream()
                        .flatMap(row -> row.operations().stream())
                        .filter(id -> !id.equals("*")))
                .allMatch(id -> CATALOGUE.byId(id).isPresent());
    }

    @Test
    void everyReadWithFiltersBoundsThem() throws Exception {
        List<String> unbounded = new ArrayList<>();
        for (Operation operation : CATALOGUE.operations()) {
            RequestTarget target = RequestTarget.parse("/x?filters=%7B%22name%22%3A%5B%22a%7B17%7D%22%5D%7D");
            boolean isList = operation.id().replace("Libpod", "").matches(".*(List|ListSlash|Prune|Events|Search)")
                    || operation.id().equals("SystemPruneLibpod");
            if (isList && KNOWN.denial(operation, target) == null) {
                unbounded.add(operation.id());
            }
        }
        assertThat(unbounded).isEmpty();
    }

    /** The files of recorded calls: the presets, and the queries of more clients. */
    static Stream<String> recordedCalls() {
        return Stream.of(
                        CallList.names().stream()
                                .flatMap(name -> CallList.of(name).requests().stream())
                                .map(request -> request.method() + " " + request.target()),
                        clientQueries())
                .flatMap(calls -> calls)
                .filter(call -> call.contains("?"))
                .distinct();
    }

    static Stream<String> clientQueries() {
        return Corpus.lines(KnownParametersTest.class, "client-queries.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"));
    }

    @ParameterizedTest
    @MethodSource("recordedCalls")
    void recordedCallOfAClientHasOnlyKnownParameters(String call) throws Exception {
        RequestTarget target = RequestTarget.parse(call.split(" ", 2)[1]);

        Operation operation = CATALOGUE.find(call.split(" ", 2)[0], target).orElse(null);

        assertThat(operation == null ? null : KNOWN.denial(operation, target)).isNull();
    }

    @ParameterizedTest
    @MethodSource("clientQueries")
    void queryOfAClientIsOneOfAKnownOperation(String call) throws Exception {
        assertThat(CATALOGUE.find(call.split(" ", 2)[0], RequestTarget.parse(call.split(" ", 2)[1])))
                .isPresent();
    }

    @Test
    void messageNamesAnUnknownParameterOnlyIfItIsAPlainName() throws Exception {
        assertThat(message("/build?sbom-output=/etc/x"))
                .isEqualTo(
                        "the proxy does not know the parameter sbom-output, which may reach more than the operation");
        assertThat(message("/build?%0Aforged=x"))
                .isEqualTo("the proxy does not know a parameter, which may reach more than the operation");
    }

    @Test
    void messageOfABoundNamesTheParameterAsTheTableDoes() throws Exception {
        assertThat(message("/build?JOBS=5000")).isEqualTo("jobs is not an integer: 0 to 1024");
    }

    @Test
    void writeWithoutARowHasNoParameters() throws Exception {
        KnownParameters none = new KnownParameters(List.of());
        RequestTarget target = RequestTarget.parse("/x?a=1");

        assertThat(none.denial(CATALOGUE.byId("ImageBuild").orElseThrow(), target))
                .isNotNull();
        assertThat(none.denial(CATALOGUE.byId("ContainerList").orElseThrow(), target))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ImagePush\tx\tunheard-of\t-",
                "ImagePush\tx\topen\t-",
                "ImagePush\t*\tline:1\t-",
                "ImagePush\t-\tline:1\t-",
                "ImagePush\tx\tline:1",
            })
    void malformedRowIsReportedWithLine(String row) {
        assertThatThrownBy(() -> KnownParameters.TABLE.parse(KnownParameters.TABLE.header() + "\n" + row))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("parameters.tsv, line 2: ");
    }

    @Test
    void parameterWithTwoRowsIsRefused() {
        String rows = "\nImagePush\ta,b\tflag\t-\nImageTag,ImagePush\tB\tline:1\t-";

        assertThatThrownBy(
                        () -> new KnownParameters(KnownParameters.TABLE.parse(KnownParameters.TABLE.header() + rows)))
                .hasMessage("parameters.tsv: ImagePush has two rows for B");
    }

    private static String message(String target) throws Exception {
        ParameterDenial denial = KNOWN.denial(CATALOGUE.byId("ImageBuild").orElseThrow(), RequestTarget.parse(target));
        return denial == null ? "" : denial.message();
    }
}
