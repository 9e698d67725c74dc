/*
 * Whether the proxy answers, for HEALTHCHECK: asks the status page's listener for /startupz, which leaves no line in the
 * audit log, and is unhealthy with the reason as long as the daemon has never answered; or, where STATUS_LISTEN is off, the first TCP listener of LISTEN, or else the first Unix socket, for /_ping, of
 * which any answer will do, since 403 (PING=0) and 502 (no daemon) are answers of a proxy that works. Where there is none of
 * these, a listener with TLS is told goodbye before hello, and has to close the connection, which leaves no line either:
 * one that hangs does not. One small static program, since a JVM would cost a hundred times as much at every call.
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

static const int PATIENCE_SECONDS = 3;
static const char REQUEST[] = "GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/* Finds a name in /etc/hosts, where a container's own name stands, and copies its address. */
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

/* Takes host and port of the first address of a scheme, such as tcp://; no host, or every address, becomes loopback. */
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

/* Takes the path of the first unix:// address. */
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

static void be_patient(int connection) {
    struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

static int connect_to_path(const struct sockaddr_un *address) {
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    be_patient(connection);
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
    be_patient(connection);
    int failed = is_v4 ? connect(connection, (struct sockaddr *) &v4, sizeof v4)
                       : connect(connection, (struct sockaddr *) &v6, sizeof v6);
    return failed ? -1 : connection;
}

/* Whether an answer comes that does not say that the daemon was never reached; says which. */
static int answers(int connection, const char *path) {
    char request[128];
    char answer[2048] = "";
    size_t got = 0;
    int length = snprintf(request, sizeof request, REQUEST, path);
    if (send(connection, request, (size_t) length, MSG_NOSIGNAL) == length) {
        while (got < sizeof answer - 1) {
            ssize_t more = recv(connection, answer + got, sizeof answer - 1 - got, 0);
            if (more <= 0) {
                break;
            }
            got += (size_t) more;
        }
    }
    answer[got] = '\0';
    if (got < 12 || strncmp(answer, "HTTP/1.1 ", 9) != 0) {
        puts("does not answer");
        return 0;
    }
    const char *body = strstr(answer, "\r\n\r\n");
    if (body != NULL && strncmp(body + 4, "starting", 8) == 0) {
        fputs(body + 4, stdout);
        return 0;
    }
    printf("answers %.3s\n", answer + 9);
    return 1;
}

/* Whether the other side closes a connection on which we have said nothing and never will. */
static int says_goodbye(int connection) {
    char nothing;
    int is_answer = shutdown(connection, SHUT_WR) == 0 && recv(connection, &nothing, 1, 0) == 0;
    puts(is_answer ? "takes connections" : "does not answer");
    return is_answer;
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
        puts("no address with a port in STATUS_LISTEN or LISTEN to ask, nor a Unix socket");
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
    return !(has_tls ? says_goodbye(connection) : answers(connection, has_status ? "/startupz" : "/_ping"));
}
