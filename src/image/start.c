/*
 * Entry point of the image. Started as root, it reads the group of the daemon's socket, changes to an unprivileged user
 * with only that group, drops all capabilities permanently and runs the JVM. Started as another user, it runs the JVM as
 * that user. On an error it prints one sentence with the lines to add to the compose file and exits with 2.
 *
 * Security: no input comes from a client. The JVM never runs as root: each step is checked, and the result once more.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define HOME "/opt/socket-proxy"
#define JAVA HOME "/runtime/bin/java"

static const uid_t UNPRIVILEGED = 65532;

static void fail(const char *sentence, ...) __attribute__((noreturn, format(printf, 1, 2)));

static void fail(const char *sentence, ...) {
    va_list values;
    va_start(values, sentence);
    fputs("docker-socket-proxy: ", stderr);
    vfprintf(stderr, sentence, values);
    fputc('\n', stderr);
    va_end(values);
    exit(2);
}

static int capabilities_are_zero(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2];
    return syscall(SYS_capget, &header, data) == 0 && (data[0].effective | data[1].effective) == 0
           && (data[0].permitted | data[1].permitted) == 0 && (data[0].inheritable | data[1].inheritable) == 0;
}

/*
 * Drops root. The bounding set is cleared first, because that needs CAP_SETPCAP. Where it may not be cleared,
 * no_new_privs makes it ineffective.
 */
static void become_unprivileged(gid_t group) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
        prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    }
    if (setgroups(1, &group) != 0 || setresgid(group, group, group) != 0
        || setresuid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED) != 0) {
        fail("the container starts as root and cannot change to another user, because cap_drop removed SETUID and SETGID;"
             " add one of these lines to the service in the compose file: user: \"%u:%u\" or cap_add: [SETUID, SETGID]",
             UNPRIVILEGED, group);
    }
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    uid_t real, effective, saved;
    if (syscall(SYS_capset, &header, none) != 0 || getresuid(&real, &effective, &saved) != 0 || real != UNPRIVILEGED
        || effective != UNPRIVILEGED || saved != UNPRIVILEGED || !capabilities_are_zero()) {
        fail("cannot drop root privileges: %s", strerror(errno));
    }
}

/* Exits if the socket exists and permission is denied. Other errors are ignored: the daemon may start later. */
static void check_socket(const char *path, const struct stat *file) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        return; /* the proxy reports the invalid setting */
    }
    strcpy(address.sun_path, path);
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int is_refused = connect(probe, (struct sockaddr *) &address, sizeof address) != 0 && errno == EACCES;
    close(probe);
    if (!is_refused) {
        return;
    }
    int is_member = getegid() == file->st_gid;
    gid_t groups[256];
    int count = getgroups(256, groups);
    for (int i = 0; i < count; i++) {
        is_member |= groups[i] == file->st_gid;
    }
    if ((file->st_mode & S_IWGRP) == 0 && file->st_uid == 0) { /* user: root does not help: the JVM never runs as root */
        fail("only root may open %s (mode %04o), and the proxy does not run as root; give its group %u write permission on"
             " the host: chmod g+w %s",
             path, file->st_mode & 07777, file->st_gid, path);
    }
    if ((file->st_mode & S_IWGRP) == 0) {
        fail("only its owner may open %s (mode %04o); give its group %u write permission on the host, or add this line to"
             " the service in the compose file: user: \"%u:%u\"",
             path, file->st_mode & 07777, file->st_gid, file->st_uid, file->st_gid);
    }
    if (is_member) {
        fail("permission to open %s is denied although this user's group may write to it; a security module such as SELinux"
             " probably denies it; add this line to the service in the compose file: security_opt: [\"label:disable\"]",
             path);
    }
    fail("%s belongs to group %u, and user %u may not open it; add one of these lines to the service in the compose"
         " file: user: \"%u:%u\" or group_add: [\"%u\"]",
         path, file->st_gid, geteuid(), geteuid(), file->st_gid, file->st_gid);
}

/* Returns the path of the daemon's socket, or NULL for a TCP daemon. Reads DOCKER_HOST and SOCKET_PATH like the proxy. */
static const char *socket_path(void) {
    const char *host = getenv("DOCKER_HOST");
    const char *path = getenv("SOCKET_PATH");
    if (host != NULL && *host != '\0') {
        path = strncmp(host, "unix://", 7) == 0 ? host + 7 : NULL;
        if (path == NULL) {
            return NULL;
        }
    }
    return path == NULL || *path == '\0' ? "/var/run/docker.sock" : path;
}

int main(int count, char *arguments[]) {
    const char *path = socket_path();
    struct stat file;
    int is_socket = path != NULL && stat(path, &file) == 0 && S_ISSOCK(file.st_mode);
    if (geteuid() == 0) {
        become_unprivileged(is_socket ? file.st_gid : (gid_t) UNPRIVILEGED);
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        fail("cannot set no_new_privs: %s", strerror(errno));
    }
    if (is_socket && count == 1) {
        check_socket(path, &file);
    }
    char **command = calloc((size_t) count + 4, sizeof *command);
    if (command == NULL) {
        fail("out of memory");
    }
    command[0] = JAVA;
    command[1] = "@" HOME "/jvm.options";
    command[2] = "-jar";
    command[3] = HOME "/docker-socket-proxy.jar";
    for (int i = 1; i < count; i++) {
        command[3 + i] = arguments[i];
    }
    execv(JAVA, command);
    fail("cannot run " JAVA ": %s", strerror(errno));
}
