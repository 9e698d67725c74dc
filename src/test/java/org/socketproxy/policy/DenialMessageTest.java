package org.socketproxy.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.policy.create.Violation;
import org.socketproxy.policy.self.ProtectedSubject.Owner;

/** The sentence of each denial, and the place in the policy file that it names. */
class DenialMessageTest {
    private static final Operation LIST =
            OperationCatalogue.load().byId("ContainerList").orElseThrow();
    private static final String SUBJECT = "ContainerList (GET /containers/json) ";
    private static final ProfileOrigin FILE = new ProfileOrigin(
            "ci", "policy.yaml", Map.of("", 2, "deny", 7, "targets", 8, "mask", 9, "create", 10, "until", 11));

    private static String sentence(Decision decision, ProfileOrigin origin) {
        return DenialMessage.sentence(decision, origin, () -> List.of("GET", "HEAD"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "NEVER            | is never allowed: no variable allows it",
                "OPERATION_DENIED | is not allowed: the profile denies it by its id",
                "OPERATION_UNCONFINED | is not allowed: it cannot be confined to the targets of the profile; only a policy file can allow it, by allow: [ContainerList]",
                "SELF_PROTECTED   | is not allowed: it acts on the container of this proxy, or on what this container uses;"
                        + " PROTECT_SELF=0 switches this protection off",
                "COMPATIBILITY    | is not allowed: COMPAT=tecnativa denies all Podman paths",
                "MASKED_VALUE     | is not allowed: its body contains ***masked-by-socket-proxy*** or a masked address, with which MASK replaces a secret in"
                        + " responses; the daemon would store it in place of the secret",
            })
    void reasonHasASentence(Reason reason, String expected) {
        assertThat(sentence(Decision.denied(reason, LIST, false), ProfileOrigin.ENVIRONMENT))
                .isEqualTo(SUBJECT + expected);
    }

    @Test
    void aDenialForAClientNamesTheLineThatLiftsIt() {
        Decision denial = Decision.selfProtected(new Owner("traefik", "policy.yaml line 3"), LIST, true);

        assertThat(denial.reason()).isEqualTo(Reason.CLIENT_PROTECTED);
        assertThat(sentence(denial, FILE))
                .isEqualTo(
                        SUBJECT + "is not allowed: it acts on a client of the profile traefik, or on an address, name,"
                                + " network or volume by which a container could become one; trusts: [ci] in the profile traefik"
                                + " (policy.yaml line 3) allows it");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "until | the profile   | the permissions of the profile ended at 2026-12-01T18:00:00Z (profile ci: policy.yaml line 11)",
                "allow | ContainerList | its permission ended at 2026-12-01T18:00:00Z (profile ci: policy.yaml line 2)",
            })
    void denialAfterTheEndSaysSinceWhen(String key, String subject, String expected) {
        PermissionEnd end = new PermissionEnd(Instant.parse("2026-12-01T18:00:00Z"), key, subject);

        assertThat(sentence(Decision.ended(end, LIST, false), FILE)).isEqualTo(SUBJECT + "is not allowed: " + expected);
    }

    @Test
    void requestWithoutAnOperationHasASentence() {
        String unknown = "the Docker API has no operation with this method and path, so it is not allowed";

        assertThat(sentence(Decision.denied(Reason.UNLISTED, null, false), FILE))
                .isEqualTo(unknown + " (this path exists with GET, HEAD)");
        assertThat(DenialMessage.sentence(Decision.denied(Reason.UNLISTED, null, false), FILE, List::of))
                .isEqualTo("page not found: " + unknown);
        assertThat(sentence(Decision.denied(Reason.BROWSER, null, false), FILE))
                .isEqualTo("requests from a web page (with an Origin or Sec-Fetch-Site header) are never allowed");
        assertThat(sentence(Decision.denied(Reason.NO_PROFILE, LIST, false), FILE))
                .isEqualTo("no profile of policy.yaml has this client; add it to the clients of a profile");
        assertThat(DenialMessage.unconfinable(LIST, "needs one name", FILE))
                .isEqualTo(SUBJECT + "is not allowed: needs one name (profile ci: policy.yaml line 8)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // operations that each alternative opens | advice
                "3       | set A0=1",
                "3 3     | set A0=1 (or, A1=1)",
                "3 12    | set A0=1 (or, wider, A1=1)",
                "3 13    | set A0=1 (or, far wider, A1=1)",
                "3 4 20  | set A0=1 (or, wider, A1=1; or, far wider, A2=1)",
            })
    void alternativesAreComparedWithTheNarrowest(String opens, String advice) {
        List<Decision.Alternative> alternatives = new ArrayList<>();
        for (String number : opens.split(" ")) {
            alternatives.add(new Decision.Alternative(List.of("A" + alternatives.size()), Integer.parseInt(number)));
        }

        assertThat(sentence(
                        new Decision(Reason.VARIABLE_MISSING, LIST, false, List.of(), alternatives),
                        ProfileOrigin.ENVIRONMENT))
                .isEqualTo(SUBJECT + "is not allowed: " + advice);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | ''",
                "2 | ; also field 1 (create: {allow: [p1]})",
                "5 | ; also field 1 (create: {allow: [p1]}); also field 2; also field 3 (create: {allow: [p3]}); also field 4",
                "7 | ; also field 1 (create: {allow: [p1]}); also field 2; also field 3 (create: {allow: [p3]}); also field 4; and 2 more",
            })
    void atMostFiveViolationsAreNamed(int number, String others) {
        List<Violation> violations = new ArrayList<>();
        for (int i = 0; i < number; i++) {
            Violation.Remedy remedy = i % 2 == 0 ? null : new Violation.Remedy("CREATE_ALLOW", "p" + i, "danger");
            violations.add(new Violation(Violation.Kind.FIELD, "/f" + i, "field " + i, remedy));
        }

        assertThat(sentence(Decision.exceeding(violations, Decision.denied(Reason.SECTION, LIST, false)), FILE))
                .isEqualTo(violations.get(0).sentence() + others + " (profile ci: policy.yaml line 10)");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "VARIABLE_MISSING   | ' (profile ci: policy.yaml line 2)'",
                "PARAMETER_VARIABLE | ' (profile ci: policy.yaml line 2)'",
                "OPERATION_DENIED   | ' (profile ci: policy.yaml line 7)'",
                "OPERATION_UNCONFINED         | ' (profile ci: policy.yaml line 8)'",
                "TARGET_PARAMETER_UNCONFINED   | ' (profile ci: policy.yaml line 8)'",
                "MASKED_VALUE       | ' (profile ci: policy.yaml line 9)'",
                "CREATE_WHOLE       | ' (profile ci: policy.yaml line 10)'",
                "CREATE_FIELD       | ' (profile ci: policy.yaml line 10)'",
                "CREATE_UNKNOWN     | ' (profile ci: policy.yaml line 10)'",
                "CREATE_REQUIRED    | ' (profile ci: policy.yaml line 10)'",
                "NEVER              | ''",
                "UNLISTED           | ''",
            })
    void placeIsTheKeyOfTheProfileThatWouldAllowIt(Reason reason, String hint) {
        assertThat(FILE.hint(reason)).isEqualTo(hint);
        assertThat(ProfileOrigin.ENVIRONMENT.hint(reason)).isEmpty();
        assertThat(new ProfileOrigin("ci", "policy.yaml", Map.of()).hint(reason))
                .isEqualTo(hint.isEmpty() ? "" : " (profile ci: policy.yaml)");
    }

    @Test
    void profileOfUnknownClientsIsOneOfTheFile() {
        assertThat(new ProfileOrigin("otherwise", "policy.yaml", Map.of()).isNone())
                .isTrue();
        assertThat(new ProfileOrigin("otherwise", "", Map.of()).isNone()).isFalse();
        assertThat(FILE.isNone()).isFalse();
    }
}
