package org.socketproxy.dockerapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.socketproxy.table.Table;
import org.socketproxy.testing.Corpus;

class OperationCatalogueTest {
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();

    static Stream<List<String>> requests() {
        return Corpus.read(OperationCatalogueTest.class, "operations.txt", 3);
    }

    static Stream<Operation> operations() {
        return CATALOGUE.operations().stream();
    }

    @ParameterizedTest
    @MethodSource("requests")
    void requestMatchesAtMostOneOperation(List<String> row) {
        assertThat(find(row.get(1), row.get(2))).isEqualTo(row.get(0));
    }

    @Test
    void precedenceDoesNotDependOnTheOrderOfTheRows() {
        List<Operation> operations = new ArrayList<>(CATALOGUE.operations());
        Collections.reverse(operations);
        OperationCatalogue reversed = new OperationCatalogue(operations);

        assertThat(requests().map(row -> find(reversed, row.get(1), row.get(2))))
                .containsExactlyElementsOf(requests().map(row -> row.get(0)).toList());
    }

    @ParameterizedTest
    @MethodSource("operations")
    void everyRowMatchesItsOwnRequest(Operation operation) {
        String path = operation.path().toString().replaceAll("\\{\\w+}", "zz-1");

        assertThat(find(operation.method(), path)).isEqualTo(operation.id());
        assertThat(find(operation.method(), "/v1.45" + path))
                .isEqualTo(operation.isGrpc() ? "unlisted" : operation.id());
    }

    @Test
    void idsAreUnique() {
        assertThat(CATALOGUE.operations())
                .hasSize(313)
                .extracting(Operation::id)
                .doesNotHaveDuplicates();
    }

    @Test
    void operationIsFoundById() {
        assertThat(CATALOGUE.byId("ContainerList")).map(Operation::signature).contains("GET /containers/json");
        assertThat(CATALOGUE.byId("containerlist")).isEmpty();
    }

    @Test
    void methodsOfListsMethodsOfPath() throws BadTargetException {
        assertThat(CATALOGUE.methodsOf(RequestTarget.parse("/containers/x/archive")))
                .containsExactly("GET", "HEAD", "PUT");
    }

    @Test
    void malformedRowIsReportedWithTableAndLine() {
        Table<Operation> table = OperationTable.named("my.tsv");

        assertThatThrownBy(() -> table.parse(table.header() + "\nX\tGET\n"))
                .hasMessage("my.tsv, line 2: expected 12 columns, found 2");
    }

    private static String find(String method, String raw) {
        return find(CATALOGUE, method, raw);
    }

    private static String find(OperationCatalogue catalogue, String method, String raw) {
        try {
            return catalogue
                    .find(method, RequestTarget.parse(raw))
                    .map(Operation::id)
                    .orElse("unlisted");
        } catch (BadTargetException refused) {
            return refused.fault().code();
        }
    }
}
