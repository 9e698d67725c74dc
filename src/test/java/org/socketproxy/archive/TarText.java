package org.socketproxy.archive;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

/**
 * Makes archives of text: headers separated by {@code ;}, each a type, a name and fields, such as {@code 0 a data=hello ; 2 lk link=/etc}.
 * {@code x}, {@code g} have PAX records, {@code L}, {@code K} a name. {@code zero} is a block of zeros, {@code raw} other bytes;
 * {@code gzip}, {@code xz} and {@code zstd} compress what comes before, and
 * {@code flip} changes one byte of it. {@code <00>} is a byte. Without {@code open} at the end, two blocks of zeros follow.
 */
public final class TarText {
    private static final Pattern BYTE = Pattern.compile("<([0-9a-f]{2})>");
    private static final Pattern REPEATED = Pattern.compile("(\\w+/?|<..>)\\{(\\d+)}");
    private static final int BLOCK = 512;

    private TarText() {}

    public static byte[] bytes(String text) {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        boolean isEnded = false;
        for (String part : text.split(" ; ")) {
            String[] words = part.strip().split(" +");
            switch (words[0]) {
                case "" -> {}
                case "zero" -> archive.writeBytes(new byte[BLOCK]);
                case "end" -> archive.writeBytes(new byte[2 * BLOCK]);
                case "raw" -> archive.writeBytes(latin(plain(words[1])));
                case "cut" -> {
                    byte[] whole = archive.toByteArray();
                    archive.reset();
                    archive.write(whole, 0, whole.length - Integer.parseInt(words[1]));
                }
                case "gzip", "xz", "zstd" -> {
                    byte[] compressed = compressed(words[0], archive.toByteArray());
                    archive.reset();
                    archive.writeBytes(compressed);
                }
                case "flip" -> {
                    byte[] whole = archive.toByteArray();
                    archive.reset();
                    whole[Math.floorMod(Integer.parseInt(words[1]), whole.length)] ^= 0x10;
                    archive.writeBytes(whole);
                }
                case "open" -> isEnded = true;
                case "x", "g" ->
                    extension(
                            archive,
                            words[0].charAt(0),
                            Arrays.stream(words).skip(1).map(TarText::record).collect(Collectors.joining()));
                case "L", "K" -> extension(archive, words[0].charAt(0), plain(words[1]));
                default -> archive.writeBytes(header(words));
            }
        }
        if (!isEnded) {
            archive.writeBytes(new byte[2 * BLOCK]);
        }
        return archive.toByteArray();
    }

    /** A record with a wrong length is written {@code !9,key=value}. */
    private static String record(String word) {
        String text = plain(word);
        if (text.startsWith("!")) {
            return text.substring(1).replaceFirst(",", " ") + "\n";
        }
        int equals = text.indexOf('=');
        return PaxRecords.format(text.substring(0, equals), text.substring(equals + 1));
    }

    private static void extension(ByteArrayOutputStream archive, char type, String content) {
        archive.writeBytes(header(new String[] {String.valueOf(type), "ext", "size=" + content.length()}));
        archive.writeBytes(padded(content));
    }

    private static byte[] padded(String content) {
        return Arrays.copyOf(latin(content), content.length() + TarReader.padding(content.length()));
    }

    private static byte[] header(String[] words) {
        Map<String, String> fields = new HashMap<>();
        Arrays.stream(words).skip(2).forEach(word -> {
            int equals = word.indexOf('=');
            fields.put(word.substring(0, equals), plain(word.substring(equals + 1)));
        });
        byte[] block = new byte[BLOCK];
        String data = fields.getOrDefault("data", "");
        put(block, 0, words.length > 1 ? plain(words[1]) : "");
        number(block, 100, 8, fields.getOrDefault("mode", "644"));
        number(block, 108, 8, fields.getOrDefault("uid", "0"));
        number(block, 116, 8, fields.getOrDefault("gid", "0"));
        number(block, 124, 12, size(fields.getOrDefault("size", String.valueOf(data.length()))));
        number(block, 136, 12, fields.getOrDefault("mtime", "0"));
        block[156] = (byte) (words[0].equals("NUL") ? 0 : words[0].charAt(0));
        put(block, 157, fields.getOrDefault("link", ""));
        put(
                block,
                257,
                switch (fields.getOrDefault("magic", "ustar")) {
                    case "ustar" -> "ustar\00000";
                    case "gnu" -> "ustar  \0";
                    case "v7" -> "";
                    default -> fields.get("magic");
                });
        number(block, 329, 8, fields.getOrDefault("major", "0"));
        number(block, 337, 8, fields.getOrDefault("minor", "0"));
        put(block, 345, fields.getOrDefault("prefix", ""));
        put(block, 500, fields.getOrDefault("tail", ""));
        int sum = TarHeader.checksum(block) + Integer.parseInt(fields.getOrDefault("sum", "0"));
        put(block, 148, String.format("%06o\0 ", sum));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(block);
        all.writeBytes(padded(data));
        return all.toByteArray();
    }

    /** A decimal size becomes octal; other forms stay. */
    private static String size(String text) {
        return text.matches("[0-9]+") ? Long.toOctalString(Long.parseLong(text)) : text;
    }

    /** A number that begins with a byte above 127 is in base 256; other numbers are octal, with zeros before. */
    private static void number(byte[] block, int offset, int length, String text) {
        boolean isOctal = text.matches("[0-7]+");
        put(block, offset, isOctal ? "0".repeat(Math.max(0, length - 1 - text.length())) + text : text);
    }

    private static void put(byte[] block, int offset, String text) {
        System.arraycopy(latin(text), 0, block, offset, text.length());
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Replaces {@code <00>} by the byte, and {@code a{100}} by so many of the word. */
    static String plain(String text) {
        String repeated =
                REPEATED.matcher(text).replaceAll(match -> match.group(1).repeat(Integer.parseInt(match.group(2))));
        return BYTE.matcher(repeated)
                .replaceAll(match -> java.util.regex.Matcher.quoteReplacement(
                        String.valueOf((char) HexFormat.fromHexDigits(match.group(1)))));
    }

    /**
     * Compresses bytes.
     *
     * @param form gzip, xz or zstd
     */
    public static byte[] compressed(String form, byte[] bytes) {
        ByteArrayOutputStream compressed = new ByteArrayOutputStream();
        try (OutputStream to = form.equals("xz")
                ? new XZOutputStream(compressed, new LZMA2Options(0))
                : form.equals("zstd")
                        ? new ZstdOutputStream(compressed).setChecksum(true)
                        : new GZIPOutputStream(compressed)) {
            to.write(bytes);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return compressed.toByteArray();
    }

    public static byte[] gzip(byte[] bytes) {
        return compressed("gzip", bytes);
    }
}
