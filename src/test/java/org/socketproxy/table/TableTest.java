package org.socketproxy.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TableTest {
    private static final Table<List<String>> TABLE = new Table<>("my.tsv", "name number", TableTest::parse);

    private static List<String> parse(String[] cells) {
        return List.of(cells[0], String.valueOf(Integer.parseInt(cells[1])));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "name,number         | []",
                "name,number;        | []",
                "name,number;a,1     | [[a, 1]]",
                "name,number;a,1;    | [[a, 1]]",
                "name,number;b,02;,3 | [[b, 2], [, 3]]",
            })
    void readsTheRowsInTheirOrder(String text, String rows) {
        assertThat(TABLE.parse(tabs(text))).hasToString(rows);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "name;a              | my.tsv, line 1: expected the columns name number",
                "number,name;1,a     | my.tsv, line 1: expected the columns name number",
                "name,number;a       | my.tsv, line 2: expected 2 columns, found 1",
                "name,number;a,1,    | my.tsv, line 2: expected 2 columns, found 3",
                "name,number;a,1;;   | my.tsv, line 3: expected 2 columns, found 1",
                "name,number;a,1;b,x | my.tsv, line 3: For input string: \"x\"",
            })
    void reportsAnInvalidTableWithItsNameAndTheLine(String text, String message) {
        assertThatThrownBy(() -> TABLE.parse(tabs(text)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    private static String tabs(String text) {
        return text.replace(',', '\t').replace(';', '\n');
    }

    @Test
    void reportsATableThatTheProgramDoesNotContain() {
        assertThatThrownBy(() -> TABLE.load(TableTest.class))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("The table my.tsv is missing from the program");
    }
}
