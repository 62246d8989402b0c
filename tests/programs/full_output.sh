#!/bin/sh
# usage: full_output.sh TRAIN PREDICT PENGUINS, where penguins.safetensors is.
# Every program exits with status 1 and the reason if its output is full. --to keeps the old file.
train=$1 predict=$2 penguins=$3
check() {
    "$@" > /dev/full 2> full_output.err
    status=$?
    if [ $status != 1 ] || ! grep -q "the standard output cannot be written" full_output.err; then
        echo "status $status: $*"
        cat full_output.err
        exit 1
    fi
}
check "$train" --help
check "$train" --data "$penguins" --target species --missing drop --epochs 2 --hidden 2
check "$predict" --help
check "$predict" penguins.safetensors "$penguins" --missing blank

echo old > full_output.csv
(ulimit -f 0; trap '' XFSZ
 exec "$predict" penguins.safetensors "$penguins" --missing blank --to full_output.csv) 2> /dev/null
if [ $? != 1 ] || [ "$(cat full_output.csv)" != old ]; then
    echo "a failed --to changed its file"
    exit 1
fi
