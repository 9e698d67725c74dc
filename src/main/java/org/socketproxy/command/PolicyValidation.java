package org.socketproxy.command;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.socketproxy.config.ConfiguredProfiles;
import org.socketproxy.config.InvalidSettingsException;
import org.socketproxy.config.Settings;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.filter.extension.Extensions;
import org.socketproxy.policy.LearnMode;
import org.socketproxy.policy.ParameterRules;
import org.socketproxy.policy.Variables;
import org.socketproxy.status.StatusSource.Validation;

/** Answers what {@code check} prints about the text of a policy file, with the other settings of the environment. */
public record PolicyValidation(Map<String, String> environment, Variables variables) {
    public Validation validate(String policy) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        OperationCatalogue catalogue = OperationCatalogue.load();
        try (PrintStream printed = new PrintStream(text, true, StandardCharsets.UTF_8)) {
            Settings settings = Settings.readWithText(environment, policy, variables);
            ConfiguredProfiles profiles =
                    ConfiguredProfiles.of(settings.policy(), catalogue, ParameterRules.load(), any -> LearnMode.off());
            new Check(catalogue, variables, settings, profiles, "")
                    .print(false, false, List.of(), Extensions.load(null), printed);
            return new Validation(true, text.toString(StandardCharsets.UTF_8));
        } catch (InvalidSettingsException invalid) {
            return new Validation(
                    false,
                    invalid.problems().stream()
                            .map(problem -> problem.sentence() + "\n")
                            .collect(Collectors.joining()));
        }
    }
}
