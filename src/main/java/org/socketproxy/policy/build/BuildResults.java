package org.socketproxy.policy.build;

import java.nio.ByteBuffer;

/** Compares the result that a client reports for a build with the result that the daemon gave it. */
public final class BuildResults {
    private static final String RESULT = "result";
    private static final String ERROR = "error";

    private BuildResults() {}

    /**
     * Returns true if the request reports an error, or a result without content, which export nothing.
     *
     * @param report a message of LLBBridgeReturn
     */
    public static boolean isEmpty(BuildMessage report) {
        return report.fields().has(ERROR) || report.fields().message(RESULT).isEmpty();
    }

    /**
     * Returns true if the request reports neither a result nor an error. It ends the process of dockerd 26 and 29.
     *
     * @param report a message of LLBBridgeReturn
     */
    public static boolean isMissing(BuildMessage report) {
        return !report.fields().has(RESULT) && !report.fields().has("error");
    }

    /**
     * Returns true if the results are equal. The order of their maps does not count.
     *
     * @param response the whole body of the daemon's response to LLBBridgeSolve
     * @param report a message of LLBBridgeReturn
     */
    public static boolean isEqual(ByteBuffer response, BuildMessage report) {
        try {
            ProtoMessage solved = ProtoMessage.read("BridgeSolveResponse", GrpcFrame.message(response));
            return !report.fields().has(ERROR)
                    && solved.message(RESULT).equals(report.fields().message(RESULT));
        } catch (MalformedMessageException unknownForm) {
            return false;
        }
    }
}
