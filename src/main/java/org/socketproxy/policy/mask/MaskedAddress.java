package org.socketproxy.policy.mask;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Addresses in place of masked ones: typed clients such as docker CLI 29 fail at a text that is no address. No packet reaches them:
 * 0.0.0.0/8 is no destination, and 100::/64 is discarded (RFC 6666).
 */
final class MaskedAddress {
    static final String V4 = "0.109.115.107";
    static final String V6 = "100::6d:736b";
    static final String MAC = "02:6d:61:73:6b:00";

    private static final Pattern V4_FORM =
            Pattern.compile("([0-9]{1,3}(?:\\.[0-9]{1,3}){3})(/[0-9]{1,2})?(:[0-9]{1,5})?");
    private static final Pattern V6_FORM = Pattern.compile(
            "(\\[?)([0-9A-Fa-f.]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*)(?:%[^/\\]]*)?(/[0-9]{1,3})?(\\]?(?::[0-9]{1,5})?)");
    private static final Pattern NOWHERE = Pattern.compile("0\\.0\\.0\\.0|127\\..*|::1?");

    /** In a body: the addresses in the forms in which clients print them again. */
    private static final Pattern ANY = Pattern.compile(
            "(?<![0-9.])0\\.109\\.115\\.107(?![0-9.])"
                    + "|(?<![0-9a-f:])0?100:(?::|(?:0{1,4}:){5})(?:00)?6d:736b(?![0-9a-f:])"
                    + "|(?<![0-9a-f])02([:-])6d\\1" + "61\\1" + "73\\1" + "6b\\1" + "00(?![0-9a-f])|026d\\.6173\\.6b00",
            Pattern.CASE_INSENSITIVE);

    private MaskedAddress() {}

    /** Keeps the port; a subnet becomes one of a single address. Another text than an address is replaced by the marker. */
    static String of(String value) {
        Matcher v4 = V4_FORM.matcher(value);
        if (v4.matches()) {
            return NOWHERE.matcher(v4.group(1)).matches()
                    ? value
                    : V4 + (v4.group(2) == null ? "" : "/32") + (v4.group(3) == null ? "" : v4.group(3));
        }
        Matcher v6 = V6_FORM.matcher(value);
        if (v6.matches()) {
            return NOWHERE.matcher(v6.group(2)).matches()
                    ? value
                    : v6.group(1) + V6 + (v6.group(3) == null ? "" : "/128") + v6.group(4);
        }
        return Marker.TEXT;
    }

    static boolean isIn(String text) {
        return ANY.matcher(text).find();
    }
}
