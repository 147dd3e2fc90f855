#!/bin/sh -eu
# What a fresh tree is given on top of its packages. Arguments: the tree, then the packages that the backend installs from it.
tree=$1
shift

# Copies of one tree are different machines: each gets an identity and host keys of its own at its first start.
: >"$tree/etc/machine-id"
rm -f "$tree"/etc/ssh/ssh_host_* "$tree/var/lib/dbus/machine-id"

# As a rented machine is handed over: a user with a key and sudo, no login by password.
chroot "$tree" useradd --create-home --shell /bin/bash admin
mkdir -m 700 "$tree/home/admin/.ssh"
chroot "$tree" ssh-keygen -q -t ed25519 -N "" -C test-hosts -f /root/key
cp "$tree/root/key.pub" "$tree/home/admin/.ssh/authorized_keys"
chroot "$tree" chown -R admin:admin /home/admin/.ssh
echo "admin ALL=(ALL) NOPASSWD: ALL" >"$tree/etc/sudoers.d/admin"
chmod 440 "$tree/etc/sudoers.d/admin"
echo "PasswordAuthentication no" >"$tree/etc/ssh/sshd_config.d/test.conf"

# Downloaded, not installed: so that an installation is a real one, and quick.
chroot "$tree" apt-get install -y -qq --download-only --no-install-recommends "$@"
