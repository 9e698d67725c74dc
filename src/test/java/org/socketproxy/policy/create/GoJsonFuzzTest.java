package org.socketproxy.policy.create;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.dockerapi.OperationCatalogue;
import org.socketproxy.json.JsonBody;
import org.socketproxy.policy.create.GoJsonModel.Member;
import org.socketproxy.policy.create.GoJsonModel.Written;

/**
 * Compares the judge with {@link GoJsonModel} on random bodies: folded names, duplicates, aliases, escapes, unknown names,
 * text behind the value. If the judge accepts a body, the daemon reads from it exactly what was judged.
 */
class GoJsonFuzzTest {
    private static final int BODIES = 20_000;
    private static final FieldTable TABLE = FieldTable.load();
    private static final OperationCatalogue CATALOGUE = OperationCatalogue.load();
    private static final CreateRules RULES =
            new CreateRules(everyPermission(), BindRules.NONE, ImageRules.ALL, Set.of(), 1 << 20);

    static CreateAllowances everyPermission() {
        return new CreateAllowances(Stream.of(CreatePermission.values())
                .collect(Collectors.toMap(permission -> permission, any -> Set.of())));
    }

    private final Random random = new Random(seed());

    private static long seed() {
        long seed = Long.getLong("fuzz.seed", System.nanoTime());
        System.out.println("fuzz.seed=" + seed);
        return seed;
    }

    @Test
    void acceptedBodyIsReadByTheDaemonAsItWasJudged() {
        int accepted = 0;
        int refused = 0;
        for (int i = 0; i < BODIES; i++) {
            String operation = pick(List.of("ContainerCreate", "NetworkCreate", "ServiceCreate", "VolumeCreate"));
            Field root = TABLE.body(operation);
            List<FieldTable.Row> rows = TABLE.rows().stream()
                    .filter(row -> row.operations().contains(operation)
                            && row.part().equals("body")
                            && !row.path().equals("."))
                    .toList();
            Written body = body(rows);
            String text = text(body) + (random.nextInt(20) == 0 ? pick(List.of("x", "{}", "}", " ", "\u0000")) : "");
            if (judge(operation, text).isEmpty()) {
                accepted++;
                assertThat(GoJsonModel.decode(root, body)).as(text).isEqualTo(exact(root, body));
            } else {
                refused++;
            }
        }
        assertThat(accepted).isGreaterThan(BODIES / 20);
        assertThat(refused).isGreaterThan(BODIES / 20);
    }

    /** The reading of a decoder that knows no folding, merging or aliases: what the judge saw. */
    static Object exact(Field root, Written body) {
        return GoJsonModel.decode(root, withoutZeros(root, body));
    }

    /** Removes unknown names, which the judge accepts only with a zero value, and aliases beside their field. */
    private static Written withoutZeros(Field field, Written written) {
        if (!(written instanceof Written.Members members) || field.type() == Field.Type.MAP) {
            return written;
        }
        List<Member> kept = new ArrayList<>();
        for (Member member : members.members()) {
            Field of = field.member(member.name());
            if (of != null) {
                kept.add(new Member(member.name(), withoutZeros(of, member.value())));
            }
        }
        assertThat(kept.stream().map(Member::name)).doesNotHaveDuplicates();
        return new Written.Members(kept);
    }

    private static List<Violation> judge(String operation, String text) {
        Operation found = CATALOGUE.byId(operation).orElseThrow();
        return RULES.judgeBody(found, JsonBody.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private Written body(List<FieldTable.Row> rows) {
        List<Member> members = new ArrayList<>();
        int count = 1 + random.nextInt(3);
        for (int i = 0; i < count; i++) {
            String path = pick(rows).path();
            members.add(member(List.of(path.replace("[]", ".[]").split("\\."))));
        }
        return new Written.Members(members);
    }

    private Member member(List<String> steps) {
        String name = steps.get(0).equals("*") ? pick(List.of("x", "X", "Privileged")) : mutated(steps.get(0));
        return new Member(name, value(steps.subList(1, steps.size())));
    }

    private Written value(List<String> steps) {
        if (steps.isEmpty() || random.nextInt(30) == 0) {
            return new Written.Scalar(pick(List.of("null", "0", "1", "true", "false", "\"\"", "\"x\"", "\"host\"")));
        }
        if (steps.get(0).equals("[]")) {
            List<Written> elements = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                elements.add(value(steps.subList(1, steps.size())));
            }
            return new Written.Elements(elements);
        }
        List<Member> members = new ArrayList<>(List.of(member(steps)));
        if (random.nextInt(4) == 0) {
            members.add(member(steps));
        }
        return new Written.Members(members);
    }

    private String mutated(String name) {
        return switch (random.nextInt(12)) {
            case 0 -> name.toLowerCase(Locale.ROOT);
            case 1 -> name.toUpperCase(Locale.ROOT);
            case 2 -> name.replace('s', '\u017f');
            case 3 -> name.replace('k', '\u212a');
            case 4 -> "New" + name;
            default -> name;
        };
    }

    private String text(Written written) {
        if (written instanceof Written.Scalar scalar) {
            return scalar.text();
        }
        if (written instanceof Written.Elements elements) {
            return elements.elements().stream().map(this::text).collect(Collectors.joining(",", "[", "]"));
        }
        return ((Written.Members) written)
                .members().stream()
                        .map(member -> "\"" + escaped(member.name()) + "\":" + text(member.value()))
                        .collect(Collectors.joining(",", "{", "}"));
    }

    /** Some characters as escapes. */
    private String escaped(String name) {
        StringBuilder text = new StringBuilder();
        name.chars().forEach(c -> text.append(random.nextInt(20) == 0 ? String.format("\\u%04x", c) : (char) c));
        return text.toString();
    }
}
