#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int clinux_netlink_open(int protocol) {
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    if (descriptor < 0) return -errno;
    struct sockaddr_nl address = {.nl_family = AF_NETLINK};
    if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
        int failure = -errno;
        close(descriptor);
        return failure;
    }
    return descriptor;
}

static int send_request(int descriptor, void *request, size_t length) {
    struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    ssize_t sent = sendto(descriptor, request, length, 0, (struct sockaddr *)&kernel, sizeof kernel);
    return sent < 0 ? -errno : 0;
}

int clinux_netlink_request(int descriptor, uint16_t type, uint8_t family, uint32_t sequence) {
    struct {
        struct nlmsghdr header;
        struct ifinfomsg body;
    } request;
    memset(&request, 0, sizeof request);
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = type;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.header.nlmsg_seq = sequence;
    request.body.ifi_family = family;
    return send_request(descriptor, &request, sizeof request);
}

int clinux_netlink_request_stats(int descriptor, uint32_t sequence) {
    struct {
        struct nlmsghdr header;
        struct if_stats_msg body;
    } request;
    memset(&request, 0, sizeof request);
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = RTM_GETSTATS;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.header.nlmsg_seq = sequence;
    request.body.filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
    return send_request(descriptor, &request, sizeof request);
}

int clinux_netlink_request_tcp(int descriptor, uint8_t family, uint32_t states, uint32_t sequence) {
    struct {
        struct nlmsghdr header;
        struct inet_diag_req_v2 body;
    } request;
    memset(&request, 0, sizeof request);
    request.header.nlmsg_len = sizeof request;
    request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    request.header.nlmsg_seq = sequence;
    request.body.sdiag_family = family;
    request.body.sdiag_protocol = IPPROTO_TCP;
    request.body.idiag_states = states;
    return send_request(descriptor, &request, sizeof request);
}

long clinux_netlink_receive(int descriptor, void *buffer, size_t count, int milliseconds) {
    for (;;) {
        ssize_t done = recv(descriptor, buffer, count, MSG_TRUNC);
        if (done >= 0) return done > (ssize_t)count ? -EMSGSIZE : done;
        if (errno == EINTR) continue;
        if (errno != EAGAIN) return -errno;
        struct pollfd waiting = {.fd = descriptor, .events = POLLIN};
        if (poll(&waiting, 1, milliseconds) == 0) return -ETIMEDOUT;
    }
}
