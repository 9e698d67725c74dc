package org.socketproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.socketproxy.dockerapi.BadTargetException.Fault;
import org.socketproxy.policy.Decision;
import org.socketproxy.policy.Reason;
import org.socketproxy.policy.scope.ObjectKind;
import org.socketproxy.policy.scope.ScopeRule.Subject;
import org.socketproxy.usage.Denial;

/** The status page explains each code of {@code docs/audit.md} that a denial can have. */
class DenialExplanationsTest {
    private static final Pattern ROW = Pattern.compile("(?m)^- (`[a-z`, -]+`)");
    private static final Pattern LIST = Pattern.compile("(?s)Denials:\n.*?\n\n");
    private static final Pattern CODE = Pattern.compile("`([a-z]+(?:-[a-z]+)*)`");

    private static List<String> codes() throws IOException {
        Stream<String> ofPage = LIST.matcher(Files.readString(Path.of("docs/audit.md")))
                .results()
                .flatMap(list -> ROW.matcher(list.group()).results())
                .flatMap(row -> CODE.matcher(row.group(1)).results())
                .map((MatchResult code) -> code.group(1));
        Stream<String> ofProgram = Stream.concat(
                Arrays.stream(Reason.values())
                        .filter(reason -> !reason.isAllowed())
                        .map(Reason::code),
                Arrays.stream(Fault.values()).map(Fault::code));
        return Stream.concat(ofPage, ofProgram).distinct().toList();
    }

    @Test
    void eachCodeHasAnExplanationOfItsOwn() throws IOException {
        assertThat(codes())
                .contains("target-outside", "target-name", "image-lookup", "profile-max-exec", "internal-error")
                .hasSizeGreaterThan(80)
                .allSatisfy(code ->
                        assertThat(DenialSection.explanation(code)).doesNotContain("could not check the request"));
    }

    @Test
    void rowsAreThoseOfTheReasons() {
        assertThat(DenialSection.EXPLANATIONS.stream().map(row -> row[0]))
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Reason.values()).map(Reason::code).toList());
    }

    @Test
    void eachCodeOfThePageIsThatOfAReason() throws IOException {
        assertThat(codes()).allSatisfy(code -> assertThat(Reason.of(code)).isPresent());
    }

    @Test
    void eachFaultOfATargetIsAReasonWithItsSentence() {
        assertThat(Fault.values())
                .allSatisfy(fault -> assertThat(
                                DenialSection.explanation(Reason.of(fault).code()))
                        .endsWith(fault.sentence() + "."));
    }

    @Test
    void eachKindOfObjectHasAReasonForItsLookup() {
        Stream<String> nouns = Stream.concat(
                Arrays.stream(Subject.values())
                        .filter(subject -> subject != Subject.NONE)
                        .map(Subject::noun),
                Arrays.stream(ObjectKind.values()).map(ObjectKind::noun));

        assertThat(Stream.concat(nouns, Stream.of("daemon")))
                .allSatisfy(noun -> assertThat(Reason.lookup(noun).code()).isEqualTo(noun + "-lookup"));
    }

    @Test
    void pageNamesTheDeniedField() {
        Denial denial = new Denial(
                RenderedPage.START,
                1,
                "10.0.0.1",
                "POST",
                "/containers/create",
                "ContainerCreate",
                true,
                "create-field",
                List.<Decision.Alternative>of(),
                1,
                "/HostConfig/Privileged",
                List.of());

        assertThat(DenialSection.DeniedRequest.once(denial).request())
                .isEqualTo("POST /containers/create (/HostConfig/Privileged)");
    }
}
