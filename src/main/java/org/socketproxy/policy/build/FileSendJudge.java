package org.socketproxy.policy.build;

import java.nio.ByteBuffer;

/** Judges the packets of a client that receives files of the daemon: requests of files, an error and the end. */
final class FileSendJudge implements SessionJudge {
    @Override
    public void judge(ByteBuffer message, Output out) throws MalformedMessageException, DeniedContentException {
        FilePacket packet = FilePacket.read(message);
        switch (packet.type()) {
            case REQ -> packet.requireOnly(FilePacket.ID);
            case FIN -> packet.requireOnly("");
            case ERR -> packet.requireOnly(FilePacket.DATA);
            default -> throw new DeniedContentException("sends files where it must only receive them");
        }
        packet.write(out);
    }
}
