#!/bin/sh -u
# One test host, in mount and network namespaces of its own, for as long as this process lives: with it go all mounts and interfaces.
# Arguments: the tree that hosts share, the host's own directory, its name. The last two are also how it is found again.
tree=$1 own=$2 name=$3

mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$tree,upperdir=$own/upper,workdir=$own/work" "$own/root" || exit 1
# systemd-nspawn keeps files there which it only clears away from a file system in memory.
mkdir -p /run/systemd/nspawn
mount -t tmpfs -o mode=755 nspawn /run/systemd/nspawn
ip link set lo up
cp -L /etc/resolv.conf "$own/root/etc/resolv.conf"
echo "$name" >"$own/root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$name" >"$own/root/etc/hosts"
chroot "$own/root" ssh-keygen -A >/dev/null

# Without a service manager to ask, systemd-nspawn says with 133 that the host wants to be started again.
while :; do
    systemd-nspawn --quiet --directory="$own/root" --machine="$name" --hostname="$name" --boot --register=no --keep-unit --console=pipe \
        --link-journal=no --resolv-conf=off --network-namespace-path=/proc/self/ns/net
    [ $? -eq 133 ] || exit 0
done
