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
    void helpNamesEveryCommandWithItsOptions() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        HelpText.print(new PrintStream(out, true, StandardCharsets.UTF_8));

        assertThat(COMMANDS)
                .hasSizeGreaterThan(2)
                .allSatisfy(command ->
                        assertThat(out.toString(StandardCharsets.UTF_8)).contains(words(command)));
    }
}
