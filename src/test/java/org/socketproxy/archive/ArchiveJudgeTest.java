package org.socketproxy.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.socketproxy.testing.Corpus;

/** Archives of {@code archives.txt}: the entries that remain, or the sentence of the refusal. */
class ArchiveJudgeTest {
    private static final String REFUSED = "refused: ";

    record Case(String archive, String expected) {
        static Case of(String line) {
            String[] cells = line.split(" => ?", 2);
            return new Case(cells[0], cells[1]);
        }

        boolean isRefused() {
            return expected.startsWith(REFUSED);
        }

        List<String> entries() {
            return expected.isEmpty()
                    ? List.of()
                    : Arrays.stream(expected.split(" ; ")).map(TarText::plain).toList();
        }
    }

    private static Stream<Case> cases() {
        return Corpus.lines(ArchiveJudgeTest.class, "archives.txt")
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(Case::of);
    }

    static Stream<Case> allowed() {
        return cases().filter(each -> !each.isRefused());
    }

    static Stream<Case> refused() {
        return cases().filter(Case::isRefused);
    }

    @ParameterizedTest
    @MethodSource("allowed")
    void theEntriesOfAnAllowedArchiveRemain(Case allowed) throws ArchiveException {
        byte[] output = Judged.whole(Judged.judge(ArchiveRules.STRICT), TarText.bytes(allowed.archive));

        assertThat(Judged.entries(output)).isEqualTo(allowed.entries());
        assertThat(output.length % TarHeader.BLOCK_BYTES).isZero();
        assertThat(output[0]).as("first byte").isNotIn((byte) 0x1f, (byte) 0x28, (byte) 0xfd);
    }

    @ParameterizedTest
    @MethodSource("refused")
    void theSentenceSaysWhyAnArchiveIsRefused(Case refused) {
        byte[] archive = TarText.bytes(refused.archive);

        assertThatThrownBy(() -> Judged.whole(Judged.judge(ArchiveRules.STRICT), archive))
                .isInstanceOf(ArchiveException.class)
                .hasMessageContaining(refused.expected.substring(REFUSED.length()))
                .hasMessageMatching("[ -~]+");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theChunksOfAnArchiveDoNotChangeTheResult(Case each) {
        byte[] archive = TarText.bytes(each.archive);
        String whole = result(archive, () -> Integer.MAX_VALUE);
        Random random = new Random(each.archive.hashCode());

        assertThat(result(archive, () -> 1)).isEqualTo(whole);
        assertThat(result(archive, () -> 1 + random.nextInt(700))).isEqualTo(whole);
        assertThat(result(archive, () -> TarHeader.BLOCK_BYTES)).isEqualTo(whole);
        assertThat(result(archive, () -> TarHeader.BLOCK_BYTES - 1)).isEqualTo(whole);
    }

    static Stream<Case> uncompressed() {
        return cases().filter(each -> !each.archive.matches("raw .*|.* (gzip|xz|zstd) ; .*"));
    }

    @ParameterizedTest
    @MethodSource("uncompressed")
    void compressionDoesNotChangeTheResult(Case each) {
        byte[] archive = TarText.bytes(each.archive);
        String plain = result(archive, () -> Integer.MAX_VALUE);
        for (String form : List.of("gzip", "xz", "zstd")) {
            assertThat(result(TarText.compressed(form, archive), () -> 100)).isEqualTo(plain);
        }
    }

    @ParameterizedTest
    @MethodSource("allowed")
    void theOutputIsJudgedToItself(Case allowed) throws ArchiveException {
        byte[] output = Judged.whole(Judged.judge(ArchiveRules.STRICT), TarText.bytes(allowed.archive));

        assertThat(Judged.whole(Judged.judge(ArchiveRules.STRICT), output)).isEqualTo(output);
    }

    private static String result(byte[] archive, IntSupplier lengths) {
        try {
            byte[] output = Judged.inChunks(Judged.judge(ArchiveRules.STRICT), archive, lengths);
            return Arrays.toString(output);
        } catch (ArchiveException refused) {
            return refused.getMessage();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"BZh9", "<1f><8b><08>", "<28><b5><2f><fd>", "<fd>7zXZ", "P*M<18>", "<1f><9d>"})
    void theOutputDoesNotBeginLikeCompressedData(String magic) throws ArchiveException {
        List<String> names = new ArrayList<>();
        EntryJudge collecting = entry -> {
            names.add(entry.name());
            return null;
        };
        byte[] archive = TarText.bytes("0 ./" + magic + "name data=x ; 2 lk link=" + magic);

        byte[] output = Judged.whole(Judged.judge(ArchiveRules.STRICT), archive);
        Judged.whole(new ArchiveJudge(ArchiveRules.STRICT, collecting, size -> true, WindowMemory.NONE), output);

        assertThat(new String(output, 0, 10, StandardCharsets.ISO_8859_1)).isEqualTo("PaxHeader\0");
        assertThat(names).containsExactly(TarText.plain(magic) + "name", "lk");
    }

    @Test
    void membersOfGzipAreOneStream() throws ArchiveException {
        byte[] archive = TarText.bytes("0 a data=hello ; 0 b data=world");
        byte[] first = TarText.gzip(Arrays.copyOf(archive, 700));
        byte[] second = TarText.gzip(Arrays.copyOfRange(archive, 700, archive.length));
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);

        byte[] output = Judged.inRandomChunks(Judged.judge(ArchiveRules.STRICT), both, new Random(1));

        assertThat(Judged.entries(output)).containsExactly("0 a = hello", "0 b = world");
    }

    @Test
    void allFieldsOfTheHeaderOfGzipAreSkipped() throws ArchiveException {
        byte[] plain = TarText.gzip(TarText.bytes("0 a data=hello"));
        String fields =
                TarText.plain("<1f><8b><08><1e><00><00><00><00><00><03><05><00>extra") + "name\0comment\0" + "cc";
        byte[] header = fields.getBytes(StandardCharsets.ISO_8859_1);
        byte[] archive = Arrays.copyOf(header, header.length + plain.length - 10);
        System.arraycopy(plain, 10, archive, header.length, plain.length - 10);

        byte[] output = Judged.inChunks(Judged.judge(ArchiveRules.STRICT), archive, () -> 1);

        assertThat(Judged.entries(output)).containsExactly("0 a = hello");
    }

    @Test
    void devicesAndPrivilegesPassWhereTheyAreAllowed() throws ArchiveException {
        ArchiveRules rules = ArchiveRules.STRICT.allowingDevices(true).allowingPrivileges(true);
        byte[] archive = TarText.bytes("4 disk major=10 minor=1 ; 6 pipe ; 0 su mode=4755 data=x"
                + " ; x SCHILY.xattr.security.capability=<01><00><f0><02> ; 0 ping data=y");

        byte[] output = Judged.whole(Judged.judge(rules), archive);

        assertThat(Judged.entries(output)).containsExactly("4 disk", "6 pipe", "0 su = x", "0 ping = y");
        List<TarEntry> entries = new ArrayList<>();
        EntryJudge collecting = entry -> {
            entries.add(entry);
            return null;
        };
        Judged.whole(new ArchiveJudge(rules, collecting, size -> true, WindowMemory.NONE), output);
        assertThat(entries.get(0).major()).isEqualTo(8);
        assertThat(entries.get(2).mode()).isEqualTo(04755);
        assertThat(entries.get(3).attributes()).containsEntry("security.capability", "\u0001\u0000\u00f0\u0002");
    }

    @Test
    void timesOwnersAndAttributesSurvive() throws ArchiveException {
        byte[] archive = TarText.bytes(
                "x mtime=-1.25 uid=3000000 gid=4000000000 SCHILY.xattr.user.x=<00><ff>=<0a> ; 0 a ;"
                        + " x mtime=99999999999.123456789999 ; 0 b ; 0 c mtime=<ff><ff><ff><ff><ff><ff><ff><ff><ff><ff><ff><fe>");
        List<TarEntry> entries = new ArrayList<>();
        EntryJudge collecting = entry -> {
            entries.add(entry);
            return null;
        };

        byte[] output = Judged.whole(Judged.judge(ArchiveRules.STRICT), archive);
        Judged.whole(new ArchiveJudge(ArchiveRules.STRICT, collecting, size -> true, WindowMemory.NONE), output);

        assertThat(entries.get(0))
                .extracting(TarEntry::seconds, TarEntry::nanos, TarEntry::uid, TarEntry::gid, TarEntry::attributes)
                .containsExactly(-2L, 750_000_000, 3_000_000L, 4_000_000_000L, Map.of("user.x", "\0\u00ff=\n"));
        assertThat(entries.get(1))
                .extracting(TarEntry::seconds, TarEntry::nanos)
                .containsExactly(99_999_999_999L, 123_456_789);
        assertThat(entries.get(2)).extracting(TarEntry::seconds).isEqualTo(-2L);
        assertThat(new String(output, StandardCharsets.ISO_8859_1)).contains("mtime=-1.250000000\n");
    }
}
