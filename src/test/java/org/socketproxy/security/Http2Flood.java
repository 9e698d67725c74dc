package org.socketproxy.security;

import static org.socketproxy.testing.Http2Client.CONTINUATION;
import static org.socketproxy.testing.Http2Client.DATA;
import static org.socketproxy.testing.Http2Client.END_HEADERS;
import static org.socketproxy.testing.Http2Client.END_STREAM;
import static org.socketproxy.testing.Http2Client.HEADERS;
import static org.socketproxy.testing.Http2Client.PING;
import static org.socketproxy.testing.Http2Client.PRIORITY;
import static org.socketproxy.testing.Http2Client.RST_STREAM;
import static org.socketproxy.testing.Http2Client.SETTINGS;
import static org.socketproxy.testing.Http2Client.WINDOW_UPDATE;
import static org.socketproxy.testing.Http2Client.bytes;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.socketproxy.testing.Http2Client;

/** Frames that a client of {@link ExhaustionIT} sends without an end. Most of them read nothing. */
enum Http2Flood {
    RAPID_RESET(8, true) {
        @Override
        byte[] turn(int turn) {
            return join(request(turn, "GET", "/events"), bytes(RST_STREAM, 0, stream(turn), new byte[] {0, 0, 0, 8}));
        }
    },
    REQUESTS_THAT_ARE_DENIED(8, true) {
        @Override
        byte[] turn(int turn) {
            return request(turn, "GET", "/secrets");
        }
    },
    MORE_STREAMS_THAN_ALLOWED(8, false) {
        @Override
        byte[] turn(int turn) {
            return request(turn, "GET", "/events");
        }
    },
    PINGS(8, true) {
        @Override
        byte[] turn(int turn) {
            return bytes(PING, 0, 0, new byte[8]);
        }
    },
    UNREAD_PINGS(20, false) {
        @Override
        byte[] turn(int turn) {
            return bytes(PING, 0, 0, new byte[8]);
        }
    },
    UNREAD_SETTINGS(20, false) {
        @Override
        byte[] turn(int turn) {
            return bytes(SETTINGS, 0, 0);
        }
    },
    PRIORITIES(8, false) {
        @Override
        byte[] turn(int turn) {
            return bytes(PRIORITY, 0, 1, new byte[] {0, 0, 0, 0, 1});
        }
    },
    /** The output is full, so that the updates wait for it. */
    WINDOW_UPDATES_OF_A_FULL_OUTPUT(20, false) {
        @Override
        byte[] turn(int turn) {
            return turn == 0
                    ? join(settings(4, Integer.MAX_VALUE), update(0, 1 << 30), request(0, "GET", "/events?flood"))
                    : update(0, 1);
        }
    },
    UNREAD_STREAMS(10, false) {
        @Override
        byte[] turn(int turn) {
            byte[] request = request(turn, "GET", "/events?flood");
            return turn > 0
                    ? turn < 50 ? request : null
                    : join(settings(4, Integer.MAX_VALUE), update(0, 1 << 30), request);
        }
    },
    STREAMS_WITHOUT_A_WINDOW(10, false) {
        @Override
        byte[] turn(int turn) {
            byte[] request = request(turn, "GET", "/events?flood");
            return turn > 0 ? turn < 50 ? request : null : join(settings(4, 0), request);
        }
    },
    UNFINISHED_HEADS(500, false) {
        @Override
        byte[] turn(int turn) {
            byte[] part = new byte[16_000];
            return turn > 4 ? null : bytes(turn == 0 ? HEADERS : CONTINUATION, 0, 1, part);
        }
    },
    CONTINUATIONS_WITHOUT_END(8, false) {
        @Override
        byte[] turn(int turn) {
            return turn == 0
                    ? bytes(HEADERS, 0, 1, Http2Client.encode(Http2Client.head("GET", "/version")))
                    : bytes(CONTINUATION, 0, 1);
        }
    },
    /** One field of the dynamic table, named by thousands of bytes. */
    COMPRESSED_HEADS(20, true) {
        @Override
        byte[] turn(int turn) {
            ByteArrayOutputStream block = new ByteArrayOutputStream();
            block.writeBytes(Http2Client.encode(Http2Client.head("GET", "/version")));
            byte[] large = Http2Client.encode("x-a", "x".repeat(4000));
            large[0] = 0x40; // with incremental indexing
            block.writeBytes(large);
            byte[] names = new byte[12_000];
            Arrays.fill(names, (byte) (0x80 | 62));
            block.writeBytes(names);
            return bytes(HEADERS, END_HEADERS | END_STREAM, stream(turn), block.toByteArray());
        }
    },
    LARGE_HEADS_OF_STREAMS(8, false) {
        @Override
        byte[] turn(int turn) {
            String[] head = Http2Client.head("GET", "/events", "x-a", "x".repeat(15_000));
            return turn > 90 ? null : bytes(HEADERS, END_HEADERS | END_STREAM, stream(turn), Http2Client.encode(head));
        }
    },
    /** The daemon does not read these bodies. */
    UNREAD_BODIES_OF_TINY_FRAMES(20, false) {
        @Override
        byte[] turn(int turn) {
            int stream = 1 + turn % 5 * 2;
            if (turn >= 5) {
                return bytes(DATA, 0, stream, (byte) 'x');
            }
            byte[] head = Http2Client.encode(Http2Client.head("POST", "/containers/x/wait?flood"));
            return bytes(HEADERS, END_HEADERS, stream, head);
        }
    },
    /** All that a connection is charged for at the same time: a large head, an unread body and an unfinished head. */
    HEAD_BODY_AND_UNFINISHED_HEAD(300, false) {
        @Override
        byte[] turn(int turn) {
            if (turn == 0) {
                String[] head = Http2Client.head("POST", "/containers/x/wait?flood", "x-a", "x".repeat(15_000));
                return bytes(HEADERS, END_HEADERS, 1, Http2Client.encode(head));
            }
            byte[] part = new byte[16_000];
            if (turn <= 4) {
                return bytes(DATA, 0, 1, part);
            }
            return turn > 8 ? null : bytes(turn == 5 ? HEADERS : CONTINUATION, 0, 3, part);
        }
    },
    EMPTY_FRAMES(8, false) {
        @Override
        byte[] turn(int turn) {
            byte[] head = Http2Client.encode(Http2Client.head("POST", "/containers/x/wait?flood"));
            return turn == 0 ? bytes(HEADERS, END_HEADERS, 1, head) : bytes(DATA, 0, 1);
        }
    },
    UPLOADS_THAT_ARE_DENIED(8, true) {
        @Override
        byte[] turn(int turn) {
            byte[] head = Http2Client.encode(Http2Client.head("POST", "/plugins/create"));
            byte[] part = new byte[16_000];
            return join(
                    bytes(HEADERS, END_HEADERS, stream(turn), head),
                    bytes(DATA, 0, stream(turn), part),
                    bytes(DATA, 0, stream(turn), part));
        }
    },
    GRPC_UPGRADES_WITHOUT_A_CALL(300, false, true) {
        @Override
        byte[] turn(int turn) {
            return null;
        }
    },
    GRPC_UNFINISHED_HEADS(500, false, true) {
        @Override
        byte[] turn(int turn) {
            return UNFINISHED_HEADS.turn(turn);
        }
    },
    GRPC_CALLS_WITHOUT_AN_ANSWER(8, true, true) {
        @Override
        byte[] turn(int turn) {
            return whole(turn, "silent");
        }
    },
    GRPC_LARGE_CALLS_WITHOUT_AN_ANSWER(8, false, true) {
        @Override
        byte[] turn(int turn) {
            return turn > 90 ? null : whole(turn, "silent", "x-a", "x".repeat(15_000));
        }
    },
    GRPC_RAPID_RESET(8, true, true) {
        @Override
        byte[] turn(int turn) {
            return join(whole(turn, "silent"), bytes(RST_STREAM, 0, stream(turn), new byte[] {0, 0, 0, 8}));
        }
    },
    /** The proxy holds these bodies to judge them, and they do not end. */
    GRPC_UNFINISHED_SOLVES(500, false, true) {
        @Override
        byte[] turn(int turn) {
            byte[] part = new byte[16_000];
            return turn == 0
                    ? join(call(0, "Solve", "unary"), bytes(DATA, 0, 1, new byte[] {0, 0, -1, -1, -1}))
                    : turn > 3 ? null : bytes(DATA, 0, 1, part);
        }
    },
    GRPC_UNREAD_ANSWERS(100, false, true) {
        @Override
        byte[] turn(int turn) {
            byte[] call = whole(turn, "flood");
            return turn > 0 ? turn < 3 ? call : null : join(settings(4, Integer.MAX_VALUE), update(0, 1 << 30), call);
        }
    },
    GRPC_ANSWERS_WITHOUT_A_WINDOW(100, false, true) {
        @Override
        byte[] turn(int turn) {
            byte[] call = whole(turn, "flood");
            return turn > 0 ? turn < 3 ? call : null : join(settings(4, 0), call);
        }
    };

    private final int clients;
    private final boolean isReading;
    private final boolean isUpgraded;

    Http2Flood(int clients, boolean isReading) {
        this(clients, isReading, false);
    }

    Http2Flood(int clients, boolean isReading, boolean isUpgraded) {
        this.clients = clients;
        this.isReading = isReading;
        this.isUpgraded = isUpgraded;
    }

    int clients() {
        return clients;
    }

    boolean isReading() {
        return isReading;
    }

    /** Returns whether the connection begins with {@code POST /grpc}. */
    boolean isUpgraded() {
        return isUpgraded;
    }

    /** Returns the frames of a turn, or null at the end; further turns are then not asked for. */
    abstract byte[] turn(int turn);

    private static int stream(int turn) {
        return 1 + 2 * turn;
    }

    private static byte[] request(int turn, String method, String path) {
        byte[] head = Http2Client.encode(Http2Client.head(method, path));
        return bytes(HEADERS, END_HEADERS | END_STREAM, stream(turn), head);
    }

    /** Returns the head of a gRPC call; the field {@code do} is read by the daemon of the test. */
    private static byte[] call(int turn, String method, String task, String... further) {
        String[] fields =
                Arrays.copyOf(new String[] {"content-type", "application/grpc", "do", task}, 4 + further.length);
        System.arraycopy(further, 0, fields, 4, further.length);
        String[] head = Http2Client.head("POST", "/moby.buildkit.v1.Control/" + method, fields);
        return bytes(HEADERS, END_HEADERS, stream(turn), Http2Client.encode(head));
    }

    /** Returns a call with an empty message. */
    private static byte[] whole(int turn, String task, String... further) {
        return join(call(turn, "ListWorkers", task, further), bytes(DATA, END_STREAM, stream(turn), new byte[5]));
    }

    private static byte[] settings(int key, int value) {
        return bytes(
                SETTINGS,
                0,
                0,
                ByteBuffer.allocate(6).putShort((short) key).putInt(value).array());
    }

    private static byte[] update(int stream, int bytes) {
        return bytes(
                WINDOW_UPDATE, 0, stream, ByteBuffer.allocate(4).putInt(bytes).array());
    }

    private static byte[] join(byte[]... frames) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            all.writeBytes(frame);
        }
        return all.toByteArray();
    }
}
