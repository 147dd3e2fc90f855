#!/bin/sh -eu
# Inside the node's network namespace, once its end of the link is there. It has no default route: nothing leaves the machine.
ip addr add "$NODE_ADDRESS/30" dev uplink
ip link set uplink up
ip link add pods type bridge
ip addr add "$POD_GATEWAY/24" dev pods
ip link set pods up
# Addresses of services are rewritten by kube-proxy; where a rule is missing they stay here all the same.
ip route add "$SERVICE_RANGE" dev pods src "$POD_GATEWAY"
echo 1 >/proc/sys/net/ipv4/ip_forward
if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables; fi
# Pods and this machine talk to each other, and nobody else to either.
iptables -t mangle -A FORWARD -s "$POD_RANGE" ! -d "$HOST_ADDRESS" ! -o pods -j DROP
iptables -t mangle -A FORWARD -d "$POD_RANGE" ! -s "$HOST_ADDRESS" ! -i pods -j DROP
