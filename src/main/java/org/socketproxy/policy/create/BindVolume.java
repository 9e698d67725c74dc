package org.socketproxy.policy.create;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.socketproxy.json.JsonValue;
import org.socketproxy.json.JsonValue.JsonLiteral;
import org.socketproxy.json.JsonValue.JsonObject;
import org.socketproxy.json.JsonValue.JsonString;

/**
 * The volume that the proxy puts in place of a bind: the daemon resolves the path below the root inside of the volume, so that a link
 * cannot lead out of it. The name of the volume has the path.
 *
 * <p>Security: no client may name such a volume. The options are private, because a lazy unmount would reach the host's mounts.
 *
 * @param root clean path of the host: the device of the volume
 * @param below path below the root without a slash in front; empty if only the root is known
 */
public record BindVolume(String root, String below) {
    static final String SUBPATH = "Subpath";
    static final String OPTIONS = "VolumeOptions";

    /** The name of each such volume begins with it. */
    public static final String PREFIX = "socket-proxy-bind";
    /** Key in the mount for the element of {@code Binds} or {@code Mounts} that the client has sent. */
    private static final String ASKED = "socket-proxy.bind";

    private static final String BELOW = "--";
    /** The name of a folder, which the volume has on the host. */
    private static final int LONGEST_NAME = 255;

    /** The folder of such a volume on the host, in an error of the daemon, or its name. */
    static final Pattern PLACE = Pattern.compile("(?:/[^\\s:,]*)?(" + PREFIX + "[A-Za-z0-9._-]+)(?:/_data)?");

    private static final Pattern NAME = Pattern.compile(PREFIX + "((?:[A-Za-z0-9._]|-[0-9a-f]{2})+)(?:--(.+))?");
    private static final Pattern ESCAPED = Pattern.compile("-([0-9a-f]{2})");

    /** Returns true if no client may use a volume of this name. */
    public static boolean isReserved(String name) {
        return name.toLowerCase(Locale.ROOT).startsWith(PREFIX);
    }

    /** Returns the volume with a name; without the path below the root if that is too long for a name. */
    public static Optional<BindVolume> named(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches()
                ? Optional.of(new BindVolume(
                        decode(matcher.group(1)), matcher.group(2) == null ? "" : decode(matcher.group(2))))
                : Optional.empty();
    }

    /** Returns what an error of the daemon shows in place of a match of {@link #PLACE}. */
    static String shownPlace(String name) {
        return Matcher.quoteReplacement(named(name).map(BindVolume::root).orElse("a bind"));
    }

    /** Returns the path of the host. */
    public String source() {
        return below.isEmpty() ? root : root + "/" + below;
    }

    /** Returns the name; two volumes with the same name have the same root. */
    public String name() {
        String ofRoot = PREFIX + encode(root);
        String whole = ofRoot + BELOW + encode(below);
        return below.isEmpty() || whole.length() > LONGEST_NAME ? ofRoot : whole;
    }

    /** Returns true if a root can be the name of a volume. */
    static boolean isNameable(String root) {
        return PREFIX.length() + encode(root).length() <= LONGEST_NAME;
    }

    /** A slash becomes {@code _}; any other byte that is not plain becomes {@code -} and its number. */
    private static String encode(String path) {
        StringBuilder name = new StringBuilder();
        for (byte b : path.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xff);
            if (c == '/') {
                name.append('_');
            } else if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.') {
                name.append(c);
            } else {
                name.append(String.format(Locale.ROOT, "-%02x", (int) c));
            }
        }
        return name.toString();
    }

    private static String decode(String name) {
        String bytes = ESCAPED.matcher(name.replace('_', '/'))
                .replaceAll(
                        match -> Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(match.group(1), 16))));
        return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
    }

    private JsonObject driverOptions() {
        return texts("type", "none", "o", "rbind,rprivate", "device", root);
    }

    static JsonObject texts(String... namesAndTexts) {
        Map<String, JsonValue> members = new LinkedHashMap<>();
        for (int i = 0; i < namesAndTexts.length; i += 2) {
            members.put(namesAndTexts[i], new JsonString(namesAndTexts[i + 1]));
        }
        return new JsonObject(members);
    }

    private static JsonObject with(JsonObject object, String name, JsonValue value) {
        Map<String, JsonValue> members = new LinkedHashMap<>(object.members());
        members.put(name, value);
        return new JsonObject(members);
    }

    /** Returns true if the daemon's description of a volume is that of this one. */
    public boolean isDescribedBy(JsonObject volume) {
        return volume.text("Name").equals(name())
                && volume.text("Driver").equals(MountChecks.LOCAL)
                && volume.get("Options").equals(driverOptions());
    }

    /** Returns the element of {@code Mounts} for a path of the host. */
    static JsonObject bind(String source, String target, boolean isReadOnly) {
        JsonObject bind = texts("Type", "bind", "Source", source, "Target", target);
        return isReadOnly ? with(bind, "ReadOnly", JsonLiteral.TRUE) : bind;
    }

    /** Returns the element of {@code Mounts} for a path inside of a volume; for all of it without a path. */
    static JsonObject ofVolume(String name, String below, String target, boolean isReadOnly) {
        JsonObject volume = texts("Type", "volume", "Source", name, "Target", target);
        JsonObject options = with(JsonObject.EMPTY, "NoCopy", JsonLiteral.TRUE);
        JsonObject chosen =
                with(volume, OPTIONS, below.isEmpty() ? options : with(options, SUBPATH, new JsonString(below)));
        return isReadOnly ? with(chosen, "ReadOnly", JsonLiteral.TRUE) : chosen;
    }

    /** Returns the mount for a bind. It has the options of the volume: the daemon creates a volume that was removed meanwhile. */
    JsonObject mount(HostBind bind) {
        Map<String, JsonValue> options = new LinkedHashMap<>();
        options.put("NoCopy", JsonLiteral.TRUE);
        options.put("Labels", texts(ASKED, bind.written()));
        options.put("DriverConfig", with(texts("Name", MountChecks.LOCAL), "Options", driverOptions()));
        options.put(SUBPATH, new JsonString(below));
        JsonObject mount = texts("Type", "volume", "Source", name(), "Target", bind.target());
        JsonValue isReadOnly = bind.isReadOnly() ? JsonLiteral.TRUE : JsonLiteral.FALSE;
        return with(with(mount, "ReadOnly", isReadOnly), OPTIONS, new JsonObject(options));
    }

    /** Returns the volume of an element of {@code Mounts} of a body or of a described container; empty for another mount. */
    static Optional<BindVolume> of(JsonObject mount) {
        boolean isOwn = mount.text("Type").equals("volume") && isReserved(mount.text("Source"));
        return !isOwn
                ? Optional.empty()
                : named(mount.text("Source"))
                        .map(volume -> new BindVolume(
                                volume.root, mount.object(OPTIONS).text(SUBPATH)))
                        .filter(volume -> volume.name().equals(mount.text("Source")));
    }

    /** Returns the bind in place of which the proxy has put a mount: that of the client, if the mount is the one for it. */
    Optional<HostBind> asked(JsonObject mount) {
        return HostBind.read(mount.object(OPTIONS).object("Labels").text(ASKED))
                .filter(bind -> HostPaths.withoutSlashAtEnd(bind.source()).equals(source())
                        && bind.target().equals(mount.text("Target"))
                        && bind.isReadOnly() == (mount.get("ReadOnly") == JsonLiteral.TRUE));
    }
}
