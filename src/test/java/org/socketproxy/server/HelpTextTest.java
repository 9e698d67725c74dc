package org.socketproxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.socketproxy.command.CommandLine;
import org.socketproxy.config.Setting;
import org.socketproxy.policy.Variables;
import org.socketproxy.policy.Variables.Variable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class HelpTextTest {
    private static final List<Method> COMMANDS = Arrays.stream(CommandLine.class.getDeclaredMethods())
            .filter(method -> method.isAnnotationPresent(Command.class))
            .toList();

    private static List<String> words(Method command) {
        return Stream.concat(
                        Stream.of("  " + command.getAnnotation(Command.class).name()),
                        Arrays.stream(command.getParameters())
                                .map(parameter -> parameter.getAnnotation(Option.class))
                                .filter(Objects::nonNull)
                                .flatMap(option -> Arrays.stream(option.names())))
                .toList();
    }

    @Test
    void helpHasGroupsAndAtMost100Columns() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        HelpText.print(new PrintStream(out, true, StandardCharsets.UTF_8));

        String text = out.toString(StandardCharsets.UTF_8);
        assertThat(text.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
        assertThat(text)
                .contains("\nCheck and compare policies:\n  check  ", "\nSettings: The daemon:\n  SOCKET_PATH  ")
                .doesNotContain("default: )", " \n");
        for (Setting setting : Setting.values()) {
            assertThat(text).containsOnlyOnce("\n  " + setting + " ");
        }
        for (Variable variable : Variables.load().all()) {
            assertThat(text).containsOnlyOnce("\n  " + variable.name() + " ");
        }
    }

    @Test
    void helpNamesEveryCommandWithItsOptions() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        HelpText.print(new PrintStream(out, true, StandardCharsets.UTF_8));

        assertThat(COMMANDS)
                .hasSizeGreaterThan(2)
                .allSatisfy(command ->
                        assertThat(out.toString(StandardCharsets.UTF_8)).contains(words(command)));
    }
}
