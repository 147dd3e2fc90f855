#!/bin/sh -eu
# Makes a root tree of Debian fit for the operators. Arguments: the tree, and a file for the versions of its packages.
root=$1 versions=$2
chroot "$root" dpkg-query -W -f='${Package} ${Version}\n' >"$versions"

# PostgreSQL: user 26, no server set up by the package, no just-in-time compiler (130 MB).
chroot "$root" usermod -u 26 postgres
chroot "$root" localedef -i en_US -c -f UTF-8 en_US.UTF-8
cd "$root"
rm -rf etc/postgresql/* var/lib/postgresql/* var/log/postgresql/* run/postgresql/*
rm -rf usr/lib/*/libLLVM* usr/lib/llvm-* usr/lib/*/libz3* usr/lib/postgresql/*/lib/bitcode usr/lib/postgresql/*/lib/llvmjit*
rm -rf usr/share/i18n var/cache/debconf/*-old
chown -R 26 var/lib/postgresql var/log/postgresql
install -d -o 26 -m 700 var/lib/postgresql/data

# PgBouncer: user 998, by whose name the operator's manager logs in to it.
if [ -e usr/sbin/pgbouncer ]; then
    chroot "$root" groupadd -o -g 996 pgbouncer
    chroot "$root" useradd -o -u 998 -g 996 -M -d /nonexistent -s /usr/sbin/nologin pgbouncer
    ln -s ../sbin/pgbouncer usr/bin/pgbouncer
    rm -rf etc/pgbouncer
fi

# RabbitMQ: user 999, with empty folders that it may write to.
if [ -d usr/lib/rabbitmq ]; then
    chroot "$root" usermod -o -u 999 rabbitmq
    chroot "$root" groupmod -o -g 999 rabbitmq
    rm -rf var/lib/rabbitmq var/log/rabbitmq etc/rabbitmq
    install -d -o 999 -g 999 -m 777 var/lib/rabbitmq var/lib/rabbitmq/mnesia var/log/rabbitmq etc/rabbitmq etc/rabbitmq/conf.d
fi

# Valkey, as its official image has it.
install -d -m 1777 data
