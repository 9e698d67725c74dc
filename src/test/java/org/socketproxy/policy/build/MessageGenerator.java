package org.socketproxy.policy.build;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.socketproxy.dockerapi.Operation;
import org.socketproxy.policy.build.MessageType.Count;
import org.socketproxy.policy.build.MessageType.Field;

/** Generates messages of the types in {@code build-messages.tsv}, and changes bytes of them. A seed gives the same messages again. */
public final class MessageGenerator {
    private static final List<String> TEXTS = List.of(
            "",
            "a",
            "dockerfile.v0",
            "gateway.v0",
            "moby",
            "image",
            "local",
            "inline",
            "registry",
            "docker-image://busybox:local",
            "local://context",
            "https://127.0.0.1:1/a",
            "sha256:" + "0".repeat(64),
            "linux/amd64",
            "containerimage.config",
            "{}",
            "[]",
            "type==regular",
            "id~=.*",
            "^(a+)+$",
            "filename",
            "target",
            "context",
            "force-network-mode",
            "host",
            "true",
            "-1",
            "requestid",
            "frontend.outline",
            "cgroup-parent",
            "platform",
            "*",
            "x".repeat(3000),
            "\u0000",
            "\ud83d\ude00",
            "../../etc");

    private final Random random;

    public MessageGenerator(long seed) {
        random = new Random(seed);
    }

    /** Returns the type of the message of an operation. */
    public static String typeOf(Operation operation) {
        return Objects.requireNonNull(BuildMessage.type(operation.id()));
    }

    /**
     * Returns a message without an error of form.
     *
     * @param fixed texts of fields, by their names
     */
    public byte[] message(String type, Map<String, String> fixed) {
        ProtoMessage message = message(MessageType.of(type));
        for (Map.Entry<String, String> field : fixed.entrySet()) {
            message = message.with(field.getKey(), field.getValue());
        }
        return message.encode();
    }

    private ProtoMessage message(MessageType type) {
        Map<String, Object> values = new LinkedHashMap<>();
        List<Field> fields = new ArrayList<>(type.fields());
        Collections.shuffle(fields, random);
        boolean hasOne = false;
        for (Field field : fields) {
            if (field.count() == Count.REQUIRED) {
                values.put(field.name(), "ref");
                continue;
            }
            boolean isAllowed = field.count() != Count.ONEOF || !hasOne;
            if (isAllowed && random.nextInt(3) > 0) {
                hasOne |= field.count() == Count.ONEOF;
                values.put(field.name(), values(field));
            }
        }
        return new ProtoMessage(type, values);
    }

    private Object values(Field field) {
        if (field.count() == Count.LIST) {
            List<Object> list = new ArrayList<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                list.add(value(field));
            }
            return list;
        }
        if (field.count() == Count.MAP) {
            Map<String, Object> map = new LinkedHashMap<>();
            for (int i = random.nextInt(4); i > 0; i--) {
                map.put(text(), value(field));
            }
            return map;
        }
        return value(field);
    }

    private Object value(Field field) {
        return switch (field.form()) {
            case TEXT -> text();
            case BYTES -> ByteBuffer.wrap(bytes(random.nextInt(40)));
            case SKIPPED -> "def";
            case FLAG -> random.nextBoolean();
            case MESSAGE -> message(field.message());
            case NUMBER -> number(field.range().least(), field.range().most());
        };
    }

    private long number(long least, long most) {
        return switch (random.nextInt(5)) {
            case 0 -> least;
            case 1 -> most;
            case 2 -> Math.min(most, 1);
            default -> Math.floorMod(random.nextLong(), Math.max(1, Math.min(most, 1 << 20)));
        };
    }

    public String text() {
        return TEXTS.get(random.nextInt(TEXTS.size()));
    }

    public int below(int bound) {
        return random.nextInt(bound);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Returns the message with some other bytes: changed, removed, added or repeated. */
    public byte[] changed(byte[] message) {
        byte[] changed = message.clone();
        for (int i = 1 + random.nextInt(3); i > 0 && changed.length > 0; i--) {
            int at = random.nextInt(changed.length);
            int end = Math.min(changed.length, at + 1 + random.nextInt(8));
            switch (random.nextInt(5)) {
                case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> changed[at] = (byte) random.nextInt(256);
                case 2 -> changed = join(Arrays.copyOf(changed, at), Arrays.copyOfRange(changed, end, changed.length));
                case 3 -> changed = join(Arrays.copyOf(changed, end), Arrays.copyOfRange(changed, at, changed.length));
                default -> changed = join(Arrays.copyOf(changed, at), bytes(random.nextInt(4)));
            }
        }
        return changed;
    }

    private static byte[] join(byte[] first, byte[] second) {
        byte[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }
}
