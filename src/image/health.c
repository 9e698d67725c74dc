/*
 * Health check of the image (HEALTHCHECK). Uses the first of these that is configured:
 *   1. the status listener: GET /startupz. It writes no audit record. Until the daemon has responded once, it returns the
 *      reason, and the check fails.
 *   2. the first tcp:// listener, then the first unix:// listener of LISTEN: GET /_ping. Any response passes, because a
 *      working proxy also returns 403 (PING=0) and 502 (no daemon).
 *   3. a tls:// listener: closes the sending side before the ClientHello and expects the proxy to close the connection.
 *      This writes no log line. A hanging proxy does not close it.
 * A static C program, because starting a JVM for each check would cost a hundred times as much.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static const int TIMEOUT_SECONDS = 3;
static const char REQUEST[] = "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/* Looks up a name in /etc/hosts, which contains the container's own name, and copies its address. */
static int look_up(const char *name, char *address, size_t size) {
    FILE *hosts = fopen("/etc/hosts", "re");
    char line[1024];
    int found = 0;
    while (hosts != NULL && !found && fgets(line, sizeof line, hosts) != NULL) {
        char *rest;
        line[strcspn(line, "#\n")] = '\0';
        char *first = strtok_r(line, " \t", &rest);
        for (char *word = first; word != NULL && !found; word = strtok_r(NULL, " \t", &rest)) {
            found = word != first && strcmp(word, name) == 0;
        }
        if (found) {
            snprintf(address, size, "%s", first);
        }
    }
    if (hosts != NULL) {
        fclose(hosts);
    }
    return found;
}

/*
 * Reads host and port of the first address with a scheme, such as tcp://. An empty host and the wildcard addresses become
 * loopback.
 */
static int read_address(const char *listen, const char *scheme, char *host, size_t size, int *port) {
    const char *begin = strstr(listen, scheme);
    if (begin == NULL) {
        return 0;
    }
    begin += strlen(scheme);
    size_t length = strcspn(begin, ", ");
    const char *colon = begin + length;
    while (colon > begin && *colon != ':') {
        colon--;
    }
    size_t host_length = (size_t) (colon - begin);
    if (*colon != ':' || host_length >= size) {
        return 0;
    }
    *port = atoi(colon + 1);
    if (host_length >= 2 && *begin == '[' && colon[-1] == ']') {
        begin++;
        host_length -= 2;
    }
    memcpy(host, begin, host_length);
    host[host_length] = '\0';
    if (*host == '\0' || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "localhost") == 0) {
        snprintf(host, size, "127.0.0.1");
    } else if (strcmp(host, "::") == 0) {
        snprintf(host, size, "::1");
    }
    return *port > 0 && *port <= 65535;
}

/* Reads the path of the first unix:// address. */
static int read_path(const char *listen, char *path, size_t size) {
    const char *begin = strstr(listen, "unix://");
    if (begin == NULL) {
        return 0;
    }
    begin += strlen("unix://");
    size_t length = strcspn(begin, ",?");
    if (length == 0 || length >= size) {
        return 0;
    }
    memcpy(path, begin, length);
    path[length] = '\0';
    return 1;
}

static void set_timeouts(int connection) {
    struct timeval timeout = {.tv_sec = TIMEOUT_SECONDS};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
}

static int connect_to_path(const struct sockaddr_un *address) {
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    set_timeouts(connection);
    return connect(connection, (const struct sockaddr *) address, sizeof *address) != 0 ? -1 : connection;
}

static int connect_to(const char *host, int port) {
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((unsigned short) port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short) port)};
    char known[256];
    if (inet_pton(AF_INET, host, &v4.sin_addr) != 1 && inet_pton(AF_INET6, host, &v6.sin6_addr) != 1
        && look_up(host, known, sizeof known)) {
        host = known;
    }
    int is_v4 = inet_pton(AF_INET, host, &v4.sin_addr) == 1;
    if (!is_v4 && inet_pton(AF_INET6, host, &v6.sin6_addr) != 1) {
        return -1;
    }
    int connection = socket(is_v4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    set_timeouts(connection);
    int failed = is_v4 ? connect(connection, (struct sockaddr *) &v4, sizeof v4)
                       : connect(connection, (struct sockaddr *) &v6, sizeof v6);
    return failed ? -1 : connection;
}

/* Sends a request. Returns true on an HTTP response, unless it says that the proxy is still starting. Prints the result. */
static int responds(int connection, const char *path) {
    char request[128];
    char response[2048] = "";
    size_t received = 0;
    int length = snprintf(request, sizeof request, REQUEST, path);
    if (send(connection, request, (size_t) length, MSG_NOSIGNAL) == length) {
        while (received < sizeof response - 1) {
            ssize_t more = recv(connection, response + received, sizeof response - 1 - received, 0);
            if (more <= 0) {
                break;
            }
            received += (size_t) more;
        }
    }
    response[received] = '\0';
    if (received < 12 || strncmp(response, "HTTP/1.1 ", 9) != 0) {
        puts("does not answer");
        return 0;
    }
    const char *body = strstr(response, "\r\n\r\n");
    if (body != NULL && strncmp(body + 4, "starting", 8) == 0) {
        fputs(body + 4, stdout);
        return 0;
    }
    printf("answers %.3s\n", response + 9);
    return 1;
}

/* Half-closes the connection without sending a byte. Returns true if the proxy closes it too. */
static int closes(int connection) {
    char ignored;
    int is_closed = shutdown(connection, SHUT_WR) == 0 && recv(connection, &ignored, 1, 0) == 0;
    puts(is_closed ? "accepts connections" : "does not answer");
    return is_closed;
}

int main(void) {
    const char *status = getenv("STATUS_LISTEN");
    const char *listen = getenv("LISTEN");
    char host[256];
    int port;
    struct sockaddr_un unix_address = {.sun_family = AF_UNIX};
    status = status == NULL ? "tcp://127.0.0.1:8375" : status;
    listen = listen == NULL ? "tcp://127.0.0.1:2375" : listen;
    int has_status = read_address(status, "tcp://", host, sizeof host, &port);
    int has_address = has_status || read_address(listen, "tcp://", host, sizeof host, &port);
    int has_path = !has_address && read_path(listen, unix_address.sun_path, sizeof unix_address.sun_path);
    int has_tls = !has_address && !has_path && read_address(listen, "tls://", host, sizeof host, &port);
    if (!has_address && !has_path && !has_tls) {
        puts("STATUS_LISTEN and LISTEN contain no address with a port and no Unix socket");
        return 1;
    }
    int connection = has_path ? connect_to_path(&unix_address) : connect_to(host, port);
    if (connection < 0) {
        if (has_path) {
            printf("nothing listens on %s\n", unix_address.sun_path);
        } else {
            printf("nothing listens on %s port %d\n", host, port);
        }
        return 1;
    }
    return !(has_tls ? closes(connection) : responds(connection, has_status ? "/startupz" : "/_ping"));
}
