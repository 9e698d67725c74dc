package org.socketproxy.testing;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import org.socketproxy.audit.AuditFormat;
import org.socketproxy.audit.NoticeLog;

/** The log of the proxy about itself, in text. */
public final class Notices {
    private Notices() {}

    public static NoticeLog to(OutputStream out) {
        return new NoticeLog(new PrintStream(out, true, StandardCharsets.UTF_8), AuditFormat.TEXT, ZoneOffset.UTC);
    }

    /** Removes the time at the begin of each line, so that a line begins with its level. */
    public static String withoutTimes(String lines) {
        return lines.replaceAll("(?m)^\\d{4}-\\S+Z ", "");
    }
}
