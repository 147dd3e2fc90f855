#!/bin/sh -eu
# The first process of the node, in mount, network and process namespaces of its own: killing it ends every process of the
# cluster, and with the last one all mounts, interfaces and rules are gone. Arguments: the state directory, the Debian programs.
state=$1 debian=$2

# The kubelet sets these for the whole machine: it gets files to write to instead.
hide_setting() {
    mkdir -p "/run/settings/$(dirname "$1")"
    echo "$2" >"/run/settings/$1"
    mount --bind "/run/settings/$1" "/proc/sys/$1"
}

mount --make-rshared /
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs -o mode=755 log /var/log
mount -t tmpfs -o mode=755 lib /var/lib
mkdir /run/cluster /run/debian /run/lock
mount --bind "$state" /run/cluster
mount --bind "$debian" /run/debian
hide_setting vm/overcommit_memory 1
hide_setting vm/panic_on_oom 0
hide_setting kernel/panic 10
hide_setting kernel/panic_on_oops 1
hide_setting kernel/keys/root_maxkeys 1000000
hide_setting kernel/keys/root_maxbytes 25000000
ip link set lo up

# The last words are how this node is found again.
exec /run/debian/usr/bin/tini -- sh -c 'exec sleep 2147483647' pulumi-data-services-cluster "$state"
