# bash completion for nvgpu; made by 'nvgpu completion bash'
# shellcheck shell=bash

# The current values of a kind: gpu, vf, type, vgpu or board.
_nvgpu_live() {
  local -a dir=()
  [[ -n $_nvgpu_state_dir ]] && dir=(--state-dir "$_nvgpu_state_dir")
  nvgpu "${dir[@]}" __complete "$1" 2>/dev/null
}

# Verbs and nouns that may follow a place.
_nvgpu_words() {
  case $1 in
    '') echo 'host gpu vf types vgpu mig migrate vfio sysfs run serve apply diff assert export batch chid fb gsp events fault schema explain capacity fit defragment whatif fleet query watch dmon pmon metrics smi mdevctl sriov-manage nvml wait history undo redo rollback version completion' ;;
    'host') echo 'init show tree log suspend resume reboot advance boards face warm-update reset history fsck export import' ;;
    'gpu') echo 'list show reset drain unbind bind ecc mode scheduler persistence compute-mode accounting stats' ;;
    'vf') echo 'enable disable list show autoprobe bind unbind' ;;
    'types') echo 'list show upload export' ;;
    'vgpu') echo 'create list show stop start attach guest stats dmon destroy encoder-capacity define undefine modify autostart suspend resume save restore' ;;
    'mig') echo 'enable disable time-slicing profiles placements create list show destroy' ;;
    'vfio') echo 'bind unbind open close info regions config read write reset mmap' ;;
    'sysfs') echo 'ls cat export write' ;;
    'chid') echo 'map' ;;
    'fb') echo 'map' ;;
    'gsp') echo 'objects plugins boot log trace inject decode' ;;
    'events') echo 'list follow export' ;;
    'fault') echo 'add list clear points' ;;
    'fleet') echo 'init add list capacity fit whatif simulate requests' ;;
    'nvml') echo 'exec install serve functions trace' ;;
    'history') echo 'list show diff' ;;
  esac
}

# Options of a place.
_nvgpu_options() {
  case $1 in
    '') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color --version -h --help' ;;
    'host') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host init') echo '-b --board --figures --gpus -p --profile --face --no-vgpu --registry-dwords --force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host show') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host tree') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host log') echo '-i --gpu --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host suspend') echo '--strict --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host resume') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host reboot') echo '--callouts --force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host advance') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host boards') echo '--filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host face') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host warm-update') echo '--to-version --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host reset') echo '--force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host history') echo '--max --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host fsck') echo '--repair --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host export') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'host import') echo '--force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gpu') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gpu list') echo '-i --gpu --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gpu show') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gpu reset') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gpu drain') echo '--to-gpu --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gpu unbind') echo '--force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gpu bind') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gpu ecc') echo '-i --gpu --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gpu mode') echo '-i --gpu --gpu-instance --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gpu scheduler') echo '-i --gpu --time-slice --arr --frequency --averaging --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gpu persistence') echo '-i --gpu --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gpu compute-mode') echo '-i --gpu --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gpu accounting') echo '-i --gpu --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gpu stats') echo '--sparkline --plot --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vf') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vf enable') echo '-i --gpu --all --raw --force --persist --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vf disable') echo '-i --gpu --raw --force --persist --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vf list') echo '-i --gpu --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vf show') echo '-i --gpu --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vf autoprobe') echo '-i --gpu --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vf bind') echo '-i --gpu --driver --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vf unbind') echo '-i --gpu --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'types') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'types list') echo '-i --gpu --creatable -b --board --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'types show') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'types upload') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'types export') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu create') echo '-t --type -i --gpu --vf -u --uuid -n --name --count --placement-id --gpu-instance --vm --vm-uuid --no-start --persist -a --auto --if-not-exists --callouts --force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu list') echo '-i --gpu --active -d --defined --all --dumpjson --callouts --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu show') echo '--dumpjson --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu stop') echo '--all -i --gpu --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu start') echo '--all -i --gpu --vm --vm-uuid --callouts --force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu attach') echo '-i --gpu --vm --vm-uuid --guest-os --policy --tcc --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu guest') echo '-i --gpu --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu stats') echo '-i --gpu --sparkline --plot --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu dmon') echo '-i --gpu -c --count --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu destroy') echo '--all -i --gpu --if-exists --callouts --force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu encoder-capacity') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu define') echo '-t --type -u --uuid -n --name -i --gpu --vf --placement-id --gpu-instance -a --auto --jsonfile --if-not-exists --callouts --force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu undefine') echo '--all -i --gpu --if-exists --callouts --force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu modify') echo '-t --type -n --name -i --gpu --vf --placement-id -a --auto -m --manual --addattr --value --delattr --index --jsonfile -l --live -d --defined --callouts --force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu autostart') echo '--all -i --gpu --disable --callouts --force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu suspend') echo '--all -i --gpu --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu resume') echo '--all -i --gpu --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu save') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vgpu restore') echo '-i --gpu --vf --vm --name --saved --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'mig') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'mig enable') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'mig disable') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'mig time-slicing') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'mig profiles') echo '--filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'mig placements') echo '--filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'mig create') echo '-i --gpu --placement -C --compute --gpu-instance --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'mig list') echo '-i --gpu --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'mig show') echo '-i --gpu --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'mig destroy') echo '-i --gpu --all --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'migrate') echo '--to --precopy --bandwidth --downtime-limit --rounds --dirty-rate -i --gpu --vf --vm --name --abort --force --dry-run --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vfio') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vfio bind') echo '-i --gpu --driver --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vfio unbind') echo '-i --gpu --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vfio open') echo '-i --gpu --vm --vm-uuid --pid --guest-os --policy --tcc -u --uuid --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vfio close') echo '-i --gpu --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vfio info') echo '-i --gpu --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vfio regions') echo '-i --gpu --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vfio config') echo '-i --gpu --hexdump --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vfio read') echo '-i --gpu --size --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vfio write') echo '-i --gpu --size --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vfio reset') echo '-i --gpu --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'vfio mmap') echo '-i --gpu --offset --length --private --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'sysfs') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'sysfs ls') echo '--filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'sysfs cat') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'sysfs export') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'sysfs write') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'run') echo '--check --root --net --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'serve') echo '--dir --listen --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'apply') echo '-f --file -c --config --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'diff') echo '-f --file -c --config --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'assert') echo '-f --file -c --config --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'export') echo '--mdev --nova-release -c --config -d --dir --live --fleet --node -t --type --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'batch') echo '-f --file --atomic -k --keep-going --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'chid') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'chid map') echo '-i --gpu --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fb') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fb map') echo '-i --gpu --bar1 --placement --instances --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gsp') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gsp objects') echo '-i --gpu --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gsp plugins') echo '-i --gpu --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gsp boot') echo '-i --gpu --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gsp log') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gsp trace') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gsp inject') echo '-i --gpu --channel --xid --text --event --payload --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'gsp decode') echo '--all --structs --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'events') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'events list') echo '-i --gpu --kind --bytes --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'events follow') echo '-i --gpu --kind --bytes --count --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'events export') echo '--format -i --gpu --kind --bytes --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fault') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fault add') echo '--effect --after --times --seed --window --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fault list') echo '--filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fault clear') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fault points') echo '--filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'schema') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'explain') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'capacity') echo '-i --gpu -b --board --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fit') echo '-i --gpu -b --board --optimal --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'defragment') echo '-i --gpu --max-moves --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'whatif') echo '--destroy --all-gone --ecc --mig --vfs --mig-destroy --mig-create --mode --create -i --gpu --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fleet') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fleet init') echo '--fleet --nodes --hosts -b --board --gpus --vfs -p --profile --mode --ecc --name --force --dry-run --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fleet add') echo '--fleet --hosts -b --board --gpus --vfs -p --profile --mode --ecc --name --dry-run --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fleet list') echo '--fleet --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fleet capacity') echo '--fleet --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fleet fit') echo '--fleet --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fleet whatif') echo '--fleet --without --all-gone --part --hosts -b --board --gpus --vfs -p --profile --mode --ecc --create --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fleet simulate') echo '--requests --fleet --nodes --policy --seed --runs --order --until --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'fleet requests') echo '--fleet --count --seed --series --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'query') echo '--gpu --vgpu --vf --types --scheduler-log --format -i --id --help-query-gpu --help-query-vgpu --help-query-vf --help-query-types --help-query-scheduler-log --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'watch') echo '-n --interval --count --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'dmon') echo '-i --gpu -c --count -d --delay --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'pmon') echo '-i --gpu -c --count -d --delay --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'metrics') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'smi') echo '--style --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'mdevctl') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'sriov-manage') echo '--dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'nvml') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'nvml exec') echo '--read-only --still --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'nvml install') echo '--arch --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'nvml serve') echo '--read-only --still --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'nvml functions') echo '--implemented --missing --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'nvml trace') echo '--read-only --still --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'wait') echo '--for --timeout --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'history') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'history list') echo '--max --filter --sort-by --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'history show') echo '--all --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'history diff') echo '--all --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'undo') echo '--force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'redo') echo '--force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'rollback') echo '--force --dry-run --operation-id --state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'version') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
    'completion') echo '--state-dir -o --output -q --quiet --no-header --no-units --no-color -h --help' ;;
  esac
}

# Values of an option: words, or a kind after an @; empty for a flag.
_nvgpu_value() {
  case $1 in
    ' --state-dir') echo '@dir' ;;
    ' -o' | ' --output') echo 'table wide json jsonl yaml csv name' ;;
    'host --state-dir') echo '@dir' ;;
    'host -o' | 'host --output') echo 'table wide json jsonl yaml csv name' ;;
    'host init -b' | 'host init --board') echo '@host-board' ;;
    'host init --figures') echo '@any' ;;
    'host init --gpus') echo '@any' ;;
    'host init -p' | 'host init --profile') echo 'v2 rfc-v1 vgpu17 vgpu16' ;;
    'host init --face') echo 'upstream vendor-vfio mdev' ;;
    'host init --registry-dwords') echo '@any' ;;
    'host init --operation-id') echo '@any' ;;
    'host init --state-dir') echo '@dir' ;;
    'host init -o' | 'host init --output') echo 'table wide json jsonl yaml csv name' ;;
    'host show --state-dir') echo '@dir' ;;
    'host show -o' | 'host show --output') echo 'table wide json jsonl yaml csv name' ;;
    'host tree --state-dir') echo '@dir' ;;
    'host tree -o' | 'host tree --output') echo 'table wide json jsonl yaml csv name' ;;
    'host log -i' | 'host log --gpu') echo '@gpu' ;;
    'host log --filter') echo '@any' ;;
    'host log --sort-by') echo '@any' ;;
    'host log --state-dir') echo '@dir' ;;
    'host log -o' | 'host log --output') echo 'table wide json jsonl yaml csv name' ;;
    'host suspend --operation-id') echo '@any' ;;
    'host suspend --state-dir') echo '@dir' ;;
    'host suspend -o' | 'host suspend --output') echo 'table wide json jsonl yaml csv name' ;;
    'host resume --operation-id') echo '@any' ;;
    'host resume --state-dir') echo '@dir' ;;
    'host resume -o' | 'host resume --output') echo 'table wide json jsonl yaml csv name' ;;
    'host reboot --callouts') echo '@dir' ;;
    'host reboot --operation-id') echo '@any' ;;
    'host reboot --state-dir') echo '@dir' ;;
    'host reboot -o' | 'host reboot --output') echo 'table wide json jsonl yaml csv name' ;;
    'host advance --operation-id') echo '@any' ;;
    'host advance --state-dir') echo '@dir' ;;
    'host advance -o' | 'host advance --output') echo 'table wide json jsonl yaml csv name' ;;
    'host boards --filter') echo '@any' ;;
    'host boards --sort-by') echo '@any' ;;
    'host boards --state-dir') echo '@dir' ;;
    'host boards -o' | 'host boards --output') echo 'table wide json jsonl yaml csv name' ;;
    'host face --state-dir') echo '@dir' ;;
    'host face -o' | 'host face --output') echo 'table wide json jsonl yaml csv name' ;;
    'host warm-update --to-version') echo '@any' ;;
    'host warm-update --operation-id') echo '@any' ;;
    'host warm-update --state-dir') echo '@dir' ;;
    'host warm-update -o' | 'host warm-update --output') echo 'table wide json jsonl yaml csv name' ;;
    'host reset --operation-id') echo '@any' ;;
    'host reset --state-dir') echo '@dir' ;;
    'host reset -o' | 'host reset --output') echo 'table wide json jsonl yaml csv name' ;;
    'host history --max') echo '@any' ;;
    'host history --filter') echo '@any' ;;
    'host history --sort-by') echo '@any' ;;
    'host history --state-dir') echo '@dir' ;;
    'host history -o' | 'host history --output') echo 'table wide json jsonl yaml csv name' ;;
    'host fsck --state-dir') echo '@dir' ;;
    'host fsck -o' | 'host fsck --output') echo 'table wide json jsonl yaml csv name' ;;
    'host export --state-dir') echo '@dir' ;;
    'host export -o' | 'host export --output') echo 'table wide json jsonl yaml csv name' ;;
    'host import --operation-id') echo '@any' ;;
    'host import --state-dir') echo '@dir' ;;
    'host import -o' | 'host import --output') echo 'table wide json jsonl yaml csv name' ;;
    'gpu --state-dir') echo '@dir' ;;
    'gpu -o' | 'gpu --output') echo 'table wide json jsonl yaml csv name' ;;
    'gpu list -i' | 'gpu list --gpu') echo '@gpu' ;;
    'gpu list --filter') echo '@any' ;;
    'gpu list --sort-by') echo '@any' ;;
    'gpu list --state-dir') echo '@dir' ;;
    'gpu list -o' | 'gpu list --output') echo 'table wide json jsonl yaml csv name' ;;
    'gpu show --state-dir') echo '@dir' ;;
    'gpu show -o' | 'gpu show --output') echo 'table wide json jsonl yaml csv name' ;;
    'gpu reset --operation-id') echo '@any' ;;
    'gpu reset --state-dir') echo '@dir' ;;
    'gpu reset -o' | 'gpu reset --output') echo 'table wide json jsonl yaml csv name' ;;
    'gpu drain --to-gpu') echo '@gpu' ;;
    'gpu drain --operation-id') echo '@any' ;;
    'gpu drain --state-dir') echo '@dir' ;;
    'gpu drain -o' | 'gpu drain --output') echo 'table wide json jsonl yaml csv name' ;;
    'gpu unbind --operation-id') echo '@any' ;;
    'gpu unbind --state-dir') echo '@dir' ;;
    'gpu unbind -o' | 'gpu unbind --output') echo 'table wide json jsonl yaml csv name' ;;
    'gpu bind --operation-id') echo '@any' ;;
    'gpu bind --state-dir') echo '@dir' ;;
    'gpu bind -o' | 'gpu bind --output') echo 'table wide json jsonl yaml csv name' ;;
    'gpu ecc -i' | 'gpu ecc --gpu') echo '@gpu' ;;
    'gpu ecc --operation-id') echo '@any' ;;
    'gpu ecc --state-dir') echo '@dir' ;;
    'gpu ecc -o' | 'gpu ecc --output') echo 'table wide json jsonl yaml csv name' ;;
    'gpu mode -i' | 'gpu mode --gpu') echo '@gpu' ;;
    'gpu mode --gpu-instance') echo '@any' ;;
    'gpu mode --operation-id') echo '@any' ;;
    'gpu mode --state-dir') echo '@dir' ;;
    'gpu mode -o' | 'gpu mode --output') echo 'table wide json jsonl yaml csv name' ;;
    'gpu scheduler -i' | 'gpu scheduler --gpu') echo '@gpu' ;;
    'gpu scheduler --time-slice') echo '@any' ;;
    'gpu scheduler --arr') echo 'on off' ;;
    'gpu scheduler --frequency') echo '@any' ;;
    'gpu scheduler --averaging') echo '@any' ;;
    'gpu scheduler --operation-id') echo '@any' ;;
    'gpu scheduler --state-dir') echo '@dir' ;;
    'gpu scheduler -o' | 'gpu scheduler --output') echo 'table wide json jsonl yaml csv name' ;;
    'gpu persistence -i' | 'gpu persistence --gpu') echo '@gpu' ;;
    'gpu persistence --operation-id') echo '@any' ;;
    'gpu persistence --state-dir') echo '@dir' ;;
    'gpu persistence -o' | 'gpu persistence --output') echo 'table wide json jsonl yaml csv name' ;;
    'gpu compute-mode -i' | 'gpu compute-mode --gpu') echo '@gpu' ;;
    'gpu compute-mode --operation-id') echo '@any' ;;
    'gpu compute-mode --state-dir') echo '@dir' ;;
    'gpu compute-mode -o' | 'gpu compute-mode --output') echo 'table wide json jsonl yaml csv name' ;;
    'gpu accounting -i' | 'gpu accounting --gpu') echo '@gpu' ;;
    'gpu accounting --operation-id') echo '@any' ;;
    'gpu accounting --state-dir') echo '@dir' ;;
    'gpu accounting -o' | 'gpu accounting --output') echo 'table wide json jsonl yaml csv name' ;;
    'gpu stats --filter') echo '@any' ;;
    'gpu stats --sort-by') echo '@any' ;;
    'gpu stats --state-dir') echo '@dir' ;;
    'gpu stats -o' | 'gpu stats --output') echo 'table wide json jsonl yaml csv name' ;;
    'vf --state-dir') echo '@dir' ;;
    'vf -o' | 'vf --output') echo 'table wide json jsonl yaml csv name' ;;
    'vf enable -i' | 'vf enable --gpu') echo '@gpu' ;;
    'vf enable --operation-id') echo '@any' ;;
    'vf enable --state-dir') echo '@dir' ;;
    'vf enable -o' | 'vf enable --output') echo 'table wide json jsonl yaml csv name' ;;
    'vf disable -i' | 'vf disable --gpu') echo '@gpu' ;;
    'vf disable --operation-id') echo '@any' ;;
    'vf disable --state-dir') echo '@dir' ;;
    'vf disable -o' | 'vf disable --output') echo 'table wide json jsonl yaml csv name' ;;
    'vf list -i' | 'vf list --gpu') echo '@gpu' ;;
    'vf list --filter') echo '@any' ;;
    'vf list --sort-by') echo '@any' ;;
    'vf list --state-dir') echo '@dir' ;;
    'vf list -o' | 'vf list --output') echo 'table wide json jsonl yaml csv name' ;;
    'vf show -i' | 'vf show --gpu') echo '@gpu' ;;
    'vf show --state-dir') echo '@dir' ;;
    'vf show -o' | 'vf show --output') echo 'table wide json jsonl yaml csv name' ;;
    'vf autoprobe -i' | 'vf autoprobe --gpu') echo '@gpu' ;;
    'vf autoprobe --operation-id') echo '@any' ;;
    'vf autoprobe --state-dir') echo '@dir' ;;
    'vf autoprobe -o' | 'vf autoprobe --output') echo 'table wide json jsonl yaml csv name' ;;
    'vf bind -i' | 'vf bind --gpu') echo '@gpu' ;;
    'vf bind --driver') echo 'nvidia-vgpu-vfio nvidia vfio-pci' ;;
    'vf bind --operation-id') echo '@any' ;;
    'vf bind --state-dir') echo '@dir' ;;
    'vf bind -o' | 'vf bind --output') echo 'table wide json jsonl yaml csv name' ;;
    'vf unbind -i' | 'vf unbind --gpu') echo '@gpu' ;;
    'vf unbind --operation-id') echo '@any' ;;
    'vf unbind --state-dir') echo '@dir' ;;
    'vf unbind -o' | 'vf unbind --output') echo 'table wide json jsonl yaml csv name' ;;
    'types --state-dir') echo '@dir' ;;
    'types -o' | 'types --output') echo 'table wide json jsonl yaml csv name' ;;
    'types list -i' | 'types list --gpu') echo '@gpu' ;;
    'types list -b' | 'types list --board') echo '@board' ;;
    'types list --filter') echo '@any' ;;
    'types list --sort-by') echo '@any' ;;
    'types list --state-dir') echo '@dir' ;;
    'types list -o' | 'types list --output') echo 'table wide json jsonl yaml csv name' ;;
    'types show --state-dir') echo '@dir' ;;
    'types show -o' | 'types show --output') echo 'table wide json jsonl yaml csv name' ;;
    'types upload --operation-id') echo '@any' ;;
    'types upload --state-dir') echo '@dir' ;;
    'types upload -o' | 'types upload --output') echo 'table wide json jsonl yaml csv name' ;;
    'types export --state-dir') echo '@dir' ;;
    'types export -o' | 'types export --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu --state-dir') echo '@dir' ;;
    'vgpu -o' | 'vgpu --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu create -t' | 'vgpu create --type') echo '@type' ;;
    'vgpu create -i' | 'vgpu create --gpu') echo '@gpu' ;;
    'vgpu create --vf') echo '@vf' ;;
    'vgpu create -u' | 'vgpu create --uuid') echo '@any' ;;
    'vgpu create -n' | 'vgpu create --name') echo '@any' ;;
    'vgpu create --count') echo '@any' ;;
    'vgpu create --placement-id') echo '@any' ;;
    'vgpu create --gpu-instance') echo '@any' ;;
    'vgpu create --vm') echo '@any' ;;
    'vgpu create --vm-uuid') echo '@any' ;;
    'vgpu create --callouts') echo '@dir' ;;
    'vgpu create --operation-id') echo '@any' ;;
    'vgpu create --state-dir') echo '@dir' ;;
    'vgpu create -o' | 'vgpu create --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu list -i' | 'vgpu list --gpu') echo '@gpu' ;;
    'vgpu list --callouts') echo '@dir' ;;
    'vgpu list --filter') echo '@any' ;;
    'vgpu list --sort-by') echo '@any' ;;
    'vgpu list --state-dir') echo '@dir' ;;
    'vgpu list -o' | 'vgpu list --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu show --state-dir') echo '@dir' ;;
    'vgpu show -o' | 'vgpu show --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu stop -i' | 'vgpu stop --gpu') echo '@gpu' ;;
    'vgpu stop --operation-id') echo '@any' ;;
    'vgpu stop --state-dir') echo '@dir' ;;
    'vgpu stop -o' | 'vgpu stop --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu start -i' | 'vgpu start --gpu') echo '@gpu' ;;
    'vgpu start --vm') echo '@any' ;;
    'vgpu start --vm-uuid') echo '@any' ;;
    'vgpu start --callouts') echo '@dir' ;;
    'vgpu start --operation-id') echo '@any' ;;
    'vgpu start --state-dir') echo '@dir' ;;
    'vgpu start -o' | 'vgpu start --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu attach -i' | 'vgpu attach --gpu') echo '@gpu' ;;
    'vgpu attach --vm') echo '@any' ;;
    'vgpu attach --vm-uuid') echo '@any' ;;
    'vgpu attach --guest-os') echo '@any' ;;
    'vgpu attach --policy') echo 'closes ignores' ;;
    'vgpu attach --operation-id') echo '@any' ;;
    'vgpu attach --state-dir') echo '@dir' ;;
    'vgpu attach -o' | 'vgpu attach --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu guest -i' | 'vgpu guest --gpu') echo '@gpu' ;;
    'vgpu guest --operation-id') echo '@any' ;;
    'vgpu guest --state-dir') echo '@dir' ;;
    'vgpu guest -o' | 'vgpu guest --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu stats -i' | 'vgpu stats --gpu') echo '@gpu' ;;
    'vgpu stats --filter') echo '@any' ;;
    'vgpu stats --sort-by') echo '@any' ;;
    'vgpu stats --state-dir') echo '@dir' ;;
    'vgpu stats -o' | 'vgpu stats --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu dmon -i' | 'vgpu dmon --gpu') echo '@gpu' ;;
    'vgpu dmon -c' | 'vgpu dmon --count') echo '@any' ;;
    'vgpu dmon --state-dir') echo '@dir' ;;
    'vgpu dmon -o' | 'vgpu dmon --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu destroy -i' | 'vgpu destroy --gpu') echo '@gpu' ;;
    'vgpu destroy --callouts') echo '@dir' ;;
    'vgpu destroy --operation-id') echo '@any' ;;
    'vgpu destroy --state-dir') echo '@dir' ;;
    'vgpu destroy -o' | 'vgpu destroy --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu encoder-capacity --operation-id') echo '@any' ;;
    'vgpu encoder-capacity --state-dir') echo '@dir' ;;
    'vgpu encoder-capacity -o' | 'vgpu encoder-capacity --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu define -t' | 'vgpu define --type') echo '@type' ;;
    'vgpu define -u' | 'vgpu define --uuid') echo '@any' ;;
    'vgpu define -n' | 'vgpu define --name') echo '@any' ;;
    'vgpu define -i' | 'vgpu define --gpu') echo '@gpu' ;;
    'vgpu define --vf') echo '@vf' ;;
    'vgpu define --placement-id') echo '@any' ;;
    'vgpu define --gpu-instance') echo '@any' ;;
    'vgpu define --jsonfile') echo '@file' ;;
    'vgpu define --callouts') echo '@dir' ;;
    'vgpu define --operation-id') echo '@any' ;;
    'vgpu define --state-dir') echo '@dir' ;;
    'vgpu define -o' | 'vgpu define --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu undefine -i' | 'vgpu undefine --gpu') echo '@gpu' ;;
    'vgpu undefine --callouts') echo '@dir' ;;
    'vgpu undefine --operation-id') echo '@any' ;;
    'vgpu undefine --state-dir') echo '@dir' ;;
    'vgpu undefine -o' | 'vgpu undefine --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu modify -t' | 'vgpu modify --type') echo '@type' ;;
    'vgpu modify -n' | 'vgpu modify --name') echo '@any' ;;
    'vgpu modify -i' | 'vgpu modify --gpu') echo '@gpu' ;;
    'vgpu modify --vf') echo '@vf' ;;
    'vgpu modify --placement-id') echo '@any' ;;
    'vgpu modify --addattr') echo '@any' ;;
    'vgpu modify --value') echo '@any' ;;
    'vgpu modify --index') echo '@any' ;;
    'vgpu modify --jsonfile') echo '@file' ;;
    'vgpu modify --callouts') echo '@dir' ;;
    'vgpu modify --operation-id') echo '@any' ;;
    'vgpu modify --state-dir') echo '@dir' ;;
    'vgpu modify -o' | 'vgpu modify --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu autostart -i' | 'vgpu autostart --gpu') echo '@gpu' ;;
    'vgpu autostart --callouts') echo '@dir' ;;
    'vgpu autostart --operation-id') echo '@any' ;;
    'vgpu autostart --state-dir') echo '@dir' ;;
    'vgpu autostart -o' | 'vgpu autostart --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu suspend -i' | 'vgpu suspend --gpu') echo '@gpu' ;;
    'vgpu suspend --operation-id') echo '@any' ;;
    'vgpu suspend --state-dir') echo '@dir' ;;
    'vgpu suspend -o' | 'vgpu suspend --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu resume -i' | 'vgpu resume --gpu') echo '@gpu' ;;
    'vgpu resume --operation-id') echo '@any' ;;
    'vgpu resume --state-dir') echo '@dir' ;;
    'vgpu resume -o' | 'vgpu resume --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu save --operation-id') echo '@any' ;;
    'vgpu save --state-dir') echo '@dir' ;;
    'vgpu save -o' | 'vgpu save --output') echo 'table wide json jsonl yaml csv name' ;;
    'vgpu restore -i' | 'vgpu restore --gpu') echo '@gpu' ;;
    'vgpu restore --vf') echo '@vf' ;;
    'vgpu restore --vm') echo '@any' ;;
    'vgpu restore --name') echo '@any' ;;
    'vgpu restore --saved') echo '@vgpu' ;;
    'vgpu restore --operation-id') echo '@any' ;;
    'vgpu restore --state-dir') echo '@dir' ;;
    'vgpu restore -o' | 'vgpu restore --output') echo 'table wide json jsonl yaml csv name' ;;
    'mig --state-dir') echo '@dir' ;;
    'mig -o' | 'mig --output') echo 'table wide json jsonl yaml csv name' ;;
    'mig enable --operation-id') echo '@any' ;;
    'mig enable --state-dir') echo '@dir' ;;
    'mig enable -o' | 'mig enable --output') echo 'table wide json jsonl yaml csv name' ;;
    'mig disable --operation-id') echo '@any' ;;
    'mig disable --state-dir') echo '@dir' ;;
    'mig disable -o' | 'mig disable --output') echo 'table wide json jsonl yaml csv name' ;;
    'mig time-slicing --operation-id') echo '@any' ;;
    'mig time-slicing --state-dir') echo '@dir' ;;
    'mig time-slicing -o' | 'mig time-slicing --output') echo 'table wide json jsonl yaml csv name' ;;
    'mig profiles --filter') echo '@any' ;;
    'mig profiles --sort-by') echo '@any' ;;
    'mig profiles --state-dir') echo '@dir' ;;
    'mig profiles -o' | 'mig profiles --output') echo 'table wide json jsonl yaml csv name' ;;
    'mig placements --filter') echo '@any' ;;
    'mig placements --sort-by') echo '@any' ;;
    'mig placements --state-dir') echo '@dir' ;;
    'mig placements -o' | 'mig placements --output') echo 'table wide json jsonl yaml csv name' ;;
    'mig create -i' | 'mig create --gpu') echo '@gpu' ;;
    'mig create --placement') echo '@any' ;;
    'mig create --gpu-instance') echo '@any' ;;
    'mig create --operation-id') echo '@any' ;;
    'mig create --state-dir') echo '@dir' ;;
    'mig create -o' | 'mig create --output') echo 'table wide json jsonl yaml csv name' ;;
    'mig list -i' | 'mig list --gpu') echo '@gpu' ;;
    'mig list --filter') echo '@any' ;;
    'mig list --sort-by') echo '@any' ;;
    'mig list --state-dir') echo '@dir' ;;
    'mig list -o' | 'mig list --output') echo 'table wide json jsonl yaml csv name' ;;
    'mig show -i' | 'mig show --gpu') echo '@gpu' ;;
    'mig show --state-dir') echo '@dir' ;;
    'mig show -o' | 'mig show --output') echo 'table wide json jsonl yaml csv name' ;;
    'mig destroy -i' | 'mig destroy --gpu') echo '@gpu' ;;
    'mig destroy --operation-id') echo '@any' ;;
    'mig destroy --state-dir') echo '@dir' ;;
    'mig destroy -o' | 'mig destroy --output') echo 'table wide json jsonl yaml csv name' ;;
    'migrate --to') echo '@dir' ;;
    'migrate --bandwidth') echo '@any' ;;
    'migrate --downtime-limit') echo '@any' ;;
    'migrate --rounds') echo '@any' ;;
    'migrate --dirty-rate') echo '@any' ;;
    'migrate -i' | 'migrate --gpu') echo '@gpu' ;;
    'migrate --vf') echo '@any' ;;
    'migrate --vm') echo '@any' ;;
    'migrate --name') echo '@any' ;;
    'migrate --state-dir') echo '@dir' ;;
    'migrate -o' | 'migrate --output') echo 'table wide json jsonl yaml csv name' ;;
    'vfio --state-dir') echo '@dir' ;;
    'vfio -o' | 'vfio --output') echo 'table wide json jsonl yaml csv name' ;;
    'vfio bind -i' | 'vfio bind --gpu') echo '@gpu' ;;
    'vfio bind --driver') echo 'nvidia-vgpu-vfio nvidia vfio-pci none' ;;
    'vfio bind --operation-id') echo '@any' ;;
    'vfio bind --state-dir') echo '@dir' ;;
    'vfio bind -o' | 'vfio bind --output') echo 'table wide json jsonl yaml csv name' ;;
    'vfio unbind -i' | 'vfio unbind --gpu') echo '@gpu' ;;
    'vfio unbind --operation-id') echo '@any' ;;
    'vfio unbind --state-dir') echo '@dir' ;;
    'vfio unbind -o' | 'vfio unbind --output') echo 'table wide json jsonl yaml csv name' ;;
    'vfio open -i' | 'vfio open --gpu') echo '@gpu' ;;
    'vfio open --vm') echo '@any' ;;
    'vfio open --vm-uuid') echo '@any' ;;
    'vfio open --pid') echo '@any' ;;
    'vfio open --guest-os') echo '@any' ;;
    'vfio open --policy') echo 'closes ignores' ;;
    'vfio open -u' | 'vfio open --uuid') echo '@any' ;;
    'vfio open --operation-id') echo '@any' ;;
    'vfio open --state-dir') echo '@dir' ;;
    'vfio open -o' | 'vfio open --output') echo 'table wide json jsonl yaml csv name' ;;
    'vfio close -i' | 'vfio close --gpu') echo '@gpu' ;;
    'vfio close --operation-id') echo '@any' ;;
    'vfio close --state-dir') echo '@dir' ;;
    'vfio close -o' | 'vfio close --output') echo 'table wide json jsonl yaml csv name' ;;
    'vfio info -i' | 'vfio info --gpu') echo '@gpu' ;;
    'vfio info --state-dir') echo '@dir' ;;
    'vfio info -o' | 'vfio info --output') echo 'table wide json jsonl yaml csv name' ;;
    'vfio regions -i' | 'vfio regions --gpu') echo '@gpu' ;;
    'vfio regions --state-dir') echo '@dir' ;;
    'vfio regions -o' | 'vfio regions --output') echo 'table wide json jsonl yaml csv name' ;;
    'vfio config -i' | 'vfio config --gpu') echo '@gpu' ;;
    'vfio config --state-dir') echo '@dir' ;;
    'vfio config -o' | 'vfio config --output') echo 'table wide json jsonl yaml csv name' ;;
    'vfio read -i' | 'vfio read --gpu') echo '@gpu' ;;
    'vfio read --size') echo '1 2 4' ;;
    'vfio read --operation-id') echo '@any' ;;
    'vfio read --state-dir') echo '@dir' ;;
    'vfio read -o' | 'vfio read --output') echo 'table wide json jsonl yaml csv name' ;;
    'vfio write -i' | 'vfio write --gpu') echo '@gpu' ;;
    'vfio write --size') echo '1 2 4' ;;
    'vfio write --operation-id') echo '@any' ;;
    'vfio write --state-dir') echo '@dir' ;;
    'vfio write -o' | 'vfio write --output') echo 'table wide json jsonl yaml csv name' ;;
    'vfio reset -i' | 'vfio reset --gpu') echo '@gpu' ;;
    'vfio reset --operation-id') echo '@any' ;;
    'vfio reset --state-dir') echo '@dir' ;;
    'vfio reset -o' | 'vfio reset --output') echo 'table wide json jsonl yaml csv name' ;;
    'vfio mmap -i' | 'vfio mmap --gpu') echo '@gpu' ;;
    'vfio mmap --offset') echo '@any' ;;
    'vfio mmap --length') echo '@any' ;;
    'vfio mmap --state-dir') echo '@dir' ;;
    'vfio mmap -o' | 'vfio mmap --output') echo 'table wide json jsonl yaml csv name' ;;
    'sysfs --state-dir') echo '@dir' ;;
    'sysfs -o' | 'sysfs --output') echo 'table wide json jsonl yaml csv name' ;;
    'sysfs ls --filter') echo '@any' ;;
    'sysfs ls --sort-by') echo '@any' ;;
    'sysfs ls --state-dir') echo '@dir' ;;
    'sysfs ls -o' | 'sysfs ls --output') echo 'table wide json jsonl yaml csv name' ;;
    'sysfs cat --state-dir') echo '@dir' ;;
    'sysfs cat -o' | 'sysfs cat --output') echo 'table wide json jsonl yaml csv name' ;;
    'sysfs export --state-dir') echo '@dir' ;;
    'sysfs export -o' | 'sysfs export --output') echo 'table wide json jsonl yaml csv name' ;;
    'sysfs write --operation-id') echo '@any' ;;
    'sysfs write --state-dir') echo '@dir' ;;
    'sysfs write -o' | 'sysfs write --output') echo 'table wide json jsonl yaml csv name' ;;
    'run --net') echo 'shared private' ;;
    'run --state-dir') echo '@dir' ;;
    'run -o' | 'run --output') echo 'table wide json jsonl yaml csv name' ;;
    'serve --dir') echo '@dir' ;;
    'serve --listen') echo '@any' ;;
    'serve --state-dir') echo '@dir' ;;
    'serve -o' | 'serve --output') echo 'table wide json jsonl yaml csv name' ;;
    'apply -f' | 'apply --file') echo '@file' ;;
    'apply -c' | 'apply --config') echo '@any' ;;
    'apply --operation-id') echo '@any' ;;
    'apply --state-dir') echo '@dir' ;;
    'apply -o' | 'apply --output') echo 'table wide json jsonl yaml csv name' ;;
    'diff -f' | 'diff --file') echo '@file' ;;
    'diff -c' | 'diff --config') echo '@any' ;;
    'diff --state-dir') echo '@dir' ;;
    'diff -o' | 'diff --output') echo 'table wide json jsonl yaml csv name' ;;
    'assert -f' | 'assert --file') echo '@file' ;;
    'assert -c' | 'assert --config') echo '@any' ;;
    'assert --state-dir') echo '@dir' ;;
    'assert -o' | 'assert --output') echo 'table wide json jsonl yaml csv name' ;;
    'export --nova-release') echo '@any' ;;
    'export -c' | 'export --config') echo '@any' ;;
    'export -d' | 'export --dir') echo '@dir' ;;
    'export --fleet') echo '@file' ;;
    'export --node') echo '@any' ;;
    'export -t' | 'export --type') echo '@type' ;;
    'export --state-dir') echo '@dir' ;;
    'export -o' | 'export --output') echo 'table wide json jsonl yaml csv name' ;;
    'batch -f' | 'batch --file') echo '@file' ;;
    'batch --operation-id') echo '@any' ;;
    'batch --state-dir') echo '@dir' ;;
    'batch -o' | 'batch --output') echo 'table wide json jsonl yaml csv name' ;;
    'chid --state-dir') echo '@dir' ;;
    'chid -o' | 'chid --output') echo 'table wide json jsonl yaml csv name' ;;
    'chid map -i' | 'chid map --gpu') echo '@gpu' ;;
    'chid map --state-dir') echo '@dir' ;;
    'chid map -o' | 'chid map --output') echo 'table wide json jsonl yaml csv name' ;;
    'fb --state-dir') echo '@dir' ;;
    'fb -o' | 'fb --output') echo 'table wide json jsonl yaml csv name' ;;
    'fb map -i' | 'fb map --gpu') echo '@gpu' ;;
    'fb map --state-dir') echo '@dir' ;;
    'fb map -o' | 'fb map --output') echo 'table wide json jsonl yaml csv name' ;;
    'gsp --state-dir') echo '@dir' ;;
    'gsp -o' | 'gsp --output') echo 'table wide json jsonl yaml csv name' ;;
    'gsp objects -i' | 'gsp objects --gpu') echo '@gpu' ;;
    'gsp objects --filter') echo '@any' ;;
    'gsp objects --sort-by') echo '@any' ;;
    'gsp objects --state-dir') echo '@dir' ;;
    'gsp objects -o' | 'gsp objects --output') echo 'table wide json jsonl yaml csv name' ;;
    'gsp plugins -i' | 'gsp plugins --gpu') echo '@gpu' ;;
    'gsp plugins --filter') echo '@any' ;;
    'gsp plugins --sort-by') echo '@any' ;;
    'gsp plugins --state-dir') echo '@dir' ;;
    'gsp plugins -o' | 'gsp plugins --output') echo 'table wide json jsonl yaml csv name' ;;
    'gsp boot -i' | 'gsp boot --gpu') echo '@gpu' ;;
    'gsp boot --state-dir') echo '@dir' ;;
    'gsp boot -o' | 'gsp boot --output') echo 'table wide json jsonl yaml csv name' ;;
    'gsp log --state-dir') echo '@dir' ;;
    'gsp log -o' | 'gsp log --output') echo 'table wide json jsonl yaml csv name' ;;
    'gsp trace --operation-id') echo '@any' ;;
    'gsp trace --state-dir') echo '@dir' ;;
    'gsp trace -o' | 'gsp trace --output') echo 'table wide json jsonl yaml csv name' ;;
    'gsp inject -i' | 'gsp inject --gpu') echo '@gpu' ;;
    'gsp inject --channel') echo '@any' ;;
    'gsp inject --xid') echo '@any' ;;
    'gsp inject --text') echo '@any' ;;
    'gsp inject --event') echo '@any' ;;
    'gsp inject --payload') echo '@any' ;;
    'gsp inject --operation-id') echo '@any' ;;
    'gsp inject --state-dir') echo '@dir' ;;
    'gsp inject -o' | 'gsp inject --output') echo 'table wide json jsonl yaml csv name' ;;
    'gsp decode --state-dir') echo '@dir' ;;
    'gsp decode -o' | 'gsp decode --output') echo 'table wide json jsonl yaml csv name' ;;
    'events --state-dir') echo '@dir' ;;
    'events -o' | 'events --output') echo 'table wide json jsonl yaml csv name' ;;
    'events list -i' | 'events list --gpu') echo '@gpu' ;;
    'events list --kind') echo 'log rpc bar gsp pf' ;;
    'events list --filter') echo '@any' ;;
    'events list --sort-by') echo '@any' ;;
    'events list --state-dir') echo '@dir' ;;
    'events list -o' | 'events list --output') echo 'table wide json jsonl yaml csv name' ;;
    'events follow -i' | 'events follow --gpu') echo '@gpu' ;;
    'events follow --kind') echo 'log rpc bar gsp pf' ;;
    'events follow --count') echo '@any' ;;
    'events follow --state-dir') echo '@dir' ;;
    'events follow -o' | 'events follow --output') echo 'table wide json jsonl yaml csv name' ;;
    'events export --format') echo 'perfetto mermaid' ;;
    'events export -i' | 'events export --gpu') echo '@gpu' ;;
    'events export --kind') echo 'log rpc bar gsp pf' ;;
    'events export --state-dir') echo '@dir' ;;
    'events export -o' | 'events export --output') echo 'table wide json jsonl yaml csv name' ;;
    'fault --state-dir') echo '@dir' ;;
    'fault -o' | 'fault --output') echo 'table wide json jsonl yaml csv name' ;;
    'fault add --effect') echo '@any' ;;
    'fault add --after') echo '@any' ;;
    'fault add --times') echo '@any' ;;
    'fault add --seed') echo '@any' ;;
    'fault add --window') echo '@any' ;;
    'fault add --operation-id') echo '@any' ;;
    'fault add --state-dir') echo '@dir' ;;
    'fault add -o' | 'fault add --output') echo 'table wide json jsonl yaml csv name' ;;
    'fault list --filter') echo '@any' ;;
    'fault list --sort-by') echo '@any' ;;
    'fault list --state-dir') echo '@dir' ;;
    'fault list -o' | 'fault list --output') echo 'table wide json jsonl yaml csv name' ;;
    'fault clear --operation-id') echo '@any' ;;
    'fault clear --state-dir') echo '@dir' ;;
    'fault clear -o' | 'fault clear --output') echo 'table wide json jsonl yaml csv name' ;;
    'fault points --filter') echo '@any' ;;
    'fault points --sort-by') echo '@any' ;;
    'fault points --state-dir') echo '@dir' ;;
    'fault points -o' | 'fault points --output') echo 'table wide json jsonl yaml csv name' ;;
    'schema --state-dir') echo '@dir' ;;
    'schema -o' | 'schema --output') echo 'table wide json jsonl yaml csv name' ;;
    'explain --state-dir') echo '@dir' ;;
    'explain -o' | 'explain --output') echo 'table wide json jsonl yaml csv name' ;;
    'capacity -i' | 'capacity --gpu') echo '@gpu' ;;
    'capacity -b' | 'capacity --board') echo '@board' ;;
    'capacity --state-dir') echo '@dir' ;;
    'capacity -o' | 'capacity --output') echo 'table wide json jsonl yaml csv name' ;;
    'fit -i' | 'fit --gpu') echo '@gpu' ;;
    'fit -b' | 'fit --board') echo '@board' ;;
    'fit --state-dir') echo '@dir' ;;
    'fit -o' | 'fit --output') echo 'table wide json jsonl yaml csv name' ;;
    'defragment -i' | 'defragment --gpu') echo '@gpu' ;;
    'defragment --max-moves') echo '@any' ;;
    'defragment --operation-id') echo '@any' ;;
    'defragment --state-dir') echo '@dir' ;;
    'defragment -o' | 'defragment --output') echo 'table wide json jsonl yaml csv name' ;;
    'whatif --destroy') echo '@vgpu' ;;
    'whatif --ecc') echo 'on off' ;;
    'whatif --mig') echo 'on off' ;;
    'whatif --vfs') echo '@any' ;;
    'whatif --mig-destroy') echo '@any' ;;
    'whatif --mig-create') echo '@any' ;;
    'whatif --mode') echo 'heterogeneous homogeneous' ;;
    'whatif --create') echo '@type' ;;
    'whatif -i' | 'whatif --gpu') echo '@gpu' ;;
    'whatif --state-dir') echo '@dir' ;;
    'whatif -o' | 'whatif --output') echo 'table wide json jsonl yaml csv name' ;;
    'fleet --state-dir') echo '@dir' ;;
    'fleet -o' | 'fleet --output') echo 'table wide json jsonl yaml csv name' ;;
    'fleet init --fleet') echo '@file' ;;
    'fleet init --nodes') echo '@file' ;;
    'fleet init --hosts') echo '@any' ;;
    'fleet init -b' | 'fleet init --board') echo '@board' ;;
    'fleet init --gpus') echo '@any' ;;
    'fleet init --vfs') echo '@any' ;;
    'fleet init -p' | 'fleet init --profile') echo 'v2 rfc-v1 vgpu17 vgpu16' ;;
    'fleet init --mode') echo 'heterogeneous homogeneous' ;;
    'fleet init --ecc') echo 'on off' ;;
    'fleet init --name') echo '@any' ;;
    'fleet init --state-dir') echo '@dir' ;;
    'fleet init -o' | 'fleet init --output') echo 'table wide json jsonl yaml csv name' ;;
    'fleet add --fleet') echo '@file' ;;
    'fleet add --hosts') echo '@any' ;;
    'fleet add -b' | 'fleet add --board') echo '@board' ;;
    'fleet add --gpus') echo '@any' ;;
    'fleet add --vfs') echo '@any' ;;
    'fleet add -p' | 'fleet add --profile') echo 'v2 rfc-v1 vgpu17 vgpu16' ;;
    'fleet add --mode') echo 'heterogeneous homogeneous' ;;
    'fleet add --ecc') echo 'on off' ;;
    'fleet add --name') echo '@any' ;;
    'fleet add --state-dir') echo '@dir' ;;
    'fleet add -o' | 'fleet add --output') echo 'table wide json jsonl yaml csv name' ;;
    'fleet list --fleet') echo '@file' ;;
    'fleet list --filter') echo '@any' ;;
    'fleet list --sort-by') echo '@any' ;;
    'fleet list --state-dir') echo '@dir' ;;
    'fleet list -o' | 'fleet list --output') echo 'table wide json jsonl yaml csv name' ;;
    'fleet capacity --fleet') echo '@file' ;;
    'fleet capacity --state-dir') echo '@dir' ;;
    'fleet capacity -o' | 'fleet capacity --output') echo 'table wide json jsonl yaml csv name' ;;
    'fleet fit --fleet') echo '@file' ;;
    'fleet fit --state-dir') echo '@dir' ;;
    'fleet fit -o' | 'fleet fit --output') echo 'table wide json jsonl yaml csv name' ;;
    'fleet whatif --fleet') echo '@file' ;;
    'fleet whatif --without') echo '@any' ;;
    'fleet whatif --part') echo '@any' ;;
    'fleet whatif --hosts') echo '@any' ;;
    'fleet whatif -b' | 'fleet whatif --board') echo '@board' ;;
    'fleet whatif --gpus') echo '@any' ;;
    'fleet whatif --vfs') echo '@any' ;;
    'fleet whatif -p' | 'fleet whatif --profile') echo 'v2 rfc-v1 vgpu17 vgpu16' ;;
    'fleet whatif --mode') echo 'heterogeneous homogeneous' ;;
    'fleet whatif --ecc') echo 'on off' ;;
    'fleet whatif --create') echo '@type' ;;
    'fleet whatif --state-dir') echo '@dir' ;;
    'fleet whatif -o' | 'fleet whatif --output') echo 'table wide json jsonl yaml csv name' ;;
    'fleet simulate --requests') echo '@file' ;;
    'fleet simulate --fleet') echo '@file' ;;
    'fleet simulate --nodes') echo '@file' ;;
    'fleet simulate --policy') echo '@any' ;;
    'fleet simulate --seed') echo '@any' ;;
    'fleet simulate --runs') echo '@any' ;;
    'fleet simulate --order') echo 'shuffled timed' ;;
    'fleet simulate --until') echo '@any' ;;
    'fleet simulate --state-dir') echo '@dir' ;;
    'fleet simulate -o' | 'fleet simulate --output') echo 'table wide json jsonl yaml csv name html' ;;
    'fleet requests --fleet') echo '@file' ;;
    'fleet requests --count') echo '@any' ;;
    'fleet requests --seed') echo '@any' ;;
    'fleet requests --series') echo 'Q B A C' ;;
    'fleet requests --state-dir') echo '@dir' ;;
    'fleet requests -o' | 'fleet requests --output') echo 'table wide json jsonl yaml csv name' ;;
    'query --gpu') echo '@any' ;;
    'query --vgpu') echo '@any' ;;
    'query --vf') echo '@any' ;;
    'query --types') echo '@any' ;;
    'query --scheduler-log') echo '@any' ;;
    'query --format') echo '@any' ;;
    'query -i' | 'query --id') echo '@gpu' ;;
    'query --state-dir') echo '@dir' ;;
    'query -o' | 'query --output') echo 'table wide json jsonl yaml csv name' ;;
    'watch -n' | 'watch --interval') echo '@any' ;;
    'watch --count') echo '@any' ;;
    'watch --state-dir') echo '@dir' ;;
    'watch -o' | 'watch --output') echo 'table wide json jsonl yaml csv name' ;;
    'dmon -i' | 'dmon --gpu') echo '@gpu' ;;
    'dmon -c' | 'dmon --count') echo '@any' ;;
    'dmon -d' | 'dmon --delay') echo '@any' ;;
    'dmon --state-dir') echo '@dir' ;;
    'dmon -o' | 'dmon --output') echo 'table wide json jsonl yaml csv name' ;;
    'pmon -i' | 'pmon --gpu') echo '@gpu' ;;
    'pmon -c' | 'pmon --count') echo '@any' ;;
    'pmon -d' | 'pmon --delay') echo '@any' ;;
    'pmon --state-dir') echo '@dir' ;;
    'pmon -o' | 'pmon --output') echo 'table wide json jsonl yaml csv name' ;;
    'metrics --state-dir') echo '@dir' ;;
    'metrics -o' | 'metrics --output') echo 'table wide json jsonl yaml csv name' ;;
    'smi --style') echo '550 580' ;;
    'smi --operation-id') echo '@any' ;;
    'smi --state-dir') echo '@dir' ;;
    'smi -o' | 'smi --output') echo 'table wide json jsonl yaml csv name' ;;
    'mdevctl --operation-id') echo '@any' ;;
    'mdevctl --state-dir') echo '@dir' ;;
    'mdevctl -o' | 'mdevctl --output') echo 'table wide json jsonl yaml csv name' ;;
    'sriov-manage --operation-id') echo '@any' ;;
    'sriov-manage --state-dir') echo '@dir' ;;
    'sriov-manage -o' | 'sriov-manage --output') echo 'table wide json jsonl yaml csv name' ;;
    'nvml --state-dir') echo '@dir' ;;
    'nvml -o' | 'nvml --output') echo 'table wide json jsonl yaml csv name' ;;
    'nvml exec --state-dir') echo '@dir' ;;
    'nvml exec -o' | 'nvml exec --output') echo 'table wide json jsonl yaml csv name' ;;
    'nvml install --arch') echo 'x64 arm64' ;;
    'nvml install --state-dir') echo '@dir' ;;
    'nvml install -o' | 'nvml install --output') echo 'table wide json jsonl yaml csv name' ;;
    'nvml serve --state-dir') echo '@dir' ;;
    'nvml serve -o' | 'nvml serve --output') echo 'table wide json jsonl yaml csv name' ;;
    'nvml functions --filter') echo '@any' ;;
    'nvml functions --sort-by') echo '@any' ;;
    'nvml functions --state-dir') echo '@dir' ;;
    'nvml functions -o' | 'nvml functions --output') echo 'table wide json jsonl yaml csv name' ;;
    'nvml trace --state-dir') echo '@dir' ;;
    'nvml trace -o' | 'nvml trace --output') echo 'table wide json jsonl yaml csv name' ;;
    'wait --for') echo 'state=running state=configured state=paused state=migrating state=failed state=defined guest there gone auto' ;;
    'wait --timeout') echo '@any' ;;
    'wait --state-dir') echo '@dir' ;;
    'wait -o' | 'wait --output') echo 'table wide json jsonl yaml csv name' ;;
    'history --state-dir') echo '@dir' ;;
    'history -o' | 'history --output') echo 'table wide json jsonl yaml csv name' ;;
    'history list --max') echo '@any' ;;
    'history list --filter') echo '@any' ;;
    'history list --sort-by') echo '@any' ;;
    'history list --state-dir') echo '@dir' ;;
    'history list -o' | 'history list --output') echo 'table wide json jsonl yaml csv name' ;;
    'history show --state-dir') echo '@dir' ;;
    'history show -o' | 'history show --output') echo 'table wide json jsonl yaml csv name' ;;
    'history diff --state-dir') echo '@dir' ;;
    'history diff -o' | 'history diff --output') echo 'table wide json jsonl yaml csv name' ;;
    'undo --operation-id') echo '@any' ;;
    'undo --state-dir') echo '@dir' ;;
    'undo -o' | 'undo --output') echo 'table wide json jsonl yaml csv name' ;;
    'redo --operation-id') echo '@any' ;;
    'redo --state-dir') echo '@dir' ;;
    'redo -o' | 'redo --output') echo 'table wide json jsonl yaml csv name' ;;
    'rollback --operation-id') echo '@any' ;;
    'rollback --state-dir') echo '@dir' ;;
    'rollback -o' | 'rollback --output') echo 'table wide json jsonl yaml csv name' ;;
    'version --state-dir') echo '@dir' ;;
    'version -o' | 'version --output') echo 'table wide json jsonl yaml csv name' ;;
    'completion --state-dir') echo '@dir' ;;
    'completion -o' | 'completion --output') echo 'table wide json jsonl yaml csv name' ;;
  esac
}

# The same for the N-th argument of a place.
_nvgpu_argument() {
  case $1 in
    'host advance 0') echo '@any' ;;
    'host face 0') echo 'diff' ;;
    'host face 1') echo 'upstream vendor-vfio mdev' ;;
    'host face 2') echo 'upstream vendor-vfio mdev' ;;
    'host export 0') echo '@file' ;;
    'host import 0') echo '@file' ;;
    'gpu show 0') echo '@gpu' ;;
    'gpu reset 0') echo '@gpu' ;;
    'gpu drain 0') echo '@gpu' ;;
    'gpu unbind 0') echo '@gpu' ;;
    'gpu bind 0') echo '@gpu' ;;
    'gpu ecc 0') echo 'on off' ;;
    'gpu mode 0') echo 'heterogeneous homogeneous' ;;
    'gpu scheduler 0') echo 'best-effort equal-share fixed-share' ;;
    'gpu persistence 0') echo 'on off' ;;
    'gpu compute-mode 0') echo 'default exclusive-process prohibited' ;;
    'gpu accounting 0') echo 'on off' ;;
    'gpu stats 0') echo '@gpu' ;;
    'vf enable 0') echo '@any' ;;
    'vf show 0') echo '@vf' ;;
    'vf autoprobe 0') echo 'on off' ;;
    'vf bind 0') echo '@vf' ;;
    'vf unbind 0') echo '@vf' ;;
    'types show 0') echo '@type' ;;
    'types upload 0') echo '@file' ;;
    'types export 0') echo '@type' ;;
    'types export 1') echo '@file' ;;
    'vgpu show 0') echo '@vgpu' ;;
    'vgpu stop '*) echo '@vgpu' ;;
    'vgpu start '*) echo '@vgpu' ;;
    'vgpu attach 0') echo '@vgpu' ;;
    'vgpu guest 0') echo 'boot driver license' ;;
    'vgpu guest 1') echo '@vgpu' ;;
    'vgpu guest 2') echo '@any' ;;
    'vgpu stats '*) echo '@vgpu' ;;
    'vgpu destroy '*) echo '@vgpu' ;;
    'vgpu encoder-capacity 0') echo '@vgpu' ;;
    'vgpu encoder-capacity 1') echo '@any' ;;
    'vgpu define 0') echo '@vgpu' ;;
    'vgpu undefine '*) echo '@vgpu' ;;
    'vgpu modify 0') echo '@vgpu' ;;
    'vgpu autostart '*) echo '@vgpu' ;;
    'vgpu suspend '*) echo '@vgpu' ;;
    'vgpu resume '*) echo '@vgpu' ;;
    'vgpu save 0') echo '@vgpu' ;;
    'vgpu save 1') echo '@file' ;;
    'vgpu restore 0') echo '@file' ;;
    'mig enable 0') echo '@gpu' ;;
    'mig disable 0') echo '@gpu' ;;
    'mig time-slicing 0') echo 'on off' ;;
    'mig time-slicing 1') echo '@gpu' ;;
    'mig profiles 0') echo '@gpu' ;;
    'mig placements 0') echo '@gpu' ;;
    'mig create '*) echo '@any' ;;
    'mig show 0') echo '@any' ;;
    'mig destroy 0') echo '@any' ;;
    'migrate 0') echo '@vgpu' ;;
    'vfio bind 0') echo '@vf' ;;
    'vfio unbind 0') echo '@vf' ;;
    'vfio open 0') echo '@vf' ;;
    'vfio close 0') echo '@vf' ;;
    'vfio info 0') echo '@vf' ;;
    'vfio regions 0') echo '@vf' ;;
    'vfio config 0') echo '@vf' ;;
    'vfio read 0') echo '@vf' ;;
    'vfio read 1') echo '@any' ;;
    'vfio read 2') echo '@any' ;;
    'vfio write 0') echo '@vf' ;;
    'vfio write 1') echo '@any' ;;
    'vfio write 2') echo '@any' ;;
    'vfio write 3') echo '@any' ;;
    'vfio reset 0') echo '@vf' ;;
    'vfio mmap 0') echo '@vf' ;;
    'vfio mmap 1') echo '@any' ;;
    'sysfs ls 0') echo '@any' ;;
    'sysfs cat 0') echo '@any' ;;
    'sysfs export 0') echo '@dir' ;;
    'sysfs write 0') echo '@any' ;;
    'sysfs write 1') echo '@any' ;;
    'run '*) echo '@any' ;;
    'export 0') echo 'host vgpu-configs mig-configs mdevctl nodedev hostdev qemu kubevirt nova facts ansible lspci kwok resourceslice placement' ;;
    'export '*) echo '@vgpu' ;;
    'gsp log 0') echo '@vgpu' ;;
    'gsp trace 0') echo 'on off' ;;
    'gsp inject 0') echo 'xid event' ;;
    'gsp decode 0') echo '@any' ;;
    'gsp decode 1') echo '@any' ;;
    'events export 0') echo '@file' ;;
    'fault add 0') echo '@any' ;;
    'fault clear '*) echo '@any' ;;
    'schema 0') echo '@any' ;;
    'explain 0') echo '@any' ;;
    'fit '*) echo '@type' ;;
    'defragment '*) echo '@type' ;;
    'fleet add '*) echo '@file' ;;
    'fleet fit '*) echo '@type' ;;
    'watch '*) echo '@any' ;;
    'smi '*) echo '@any' ;;
    'mdevctl '*) echo '@any' ;;
    'sriov-manage '*) echo '@any' ;;
    'nvml exec '*) echo '@any' ;;
    'nvml install 0') echo '@dir' ;;
    'nvml trace '*) echo '@any' ;;
    'wait '*) echo '@vgpu' ;;
    'history show 0') echo '@any' ;;
    'history diff 0') echo '@any' ;;
    'history diff 1') echo '@any' ;;
    'undo 0') echo '@any' ;;
    'rollback 0') echo '@any' ;;
    'completion 0') echo 'bash zsh fish' ;;
  esac
}

# Sets words to the unquoted words of a line, and quote to the quote that is left open. Nothing is expanded.
_nvgpu_split() {
  local line=$1 word='' inside='' character index
  words=() quote=''
  for ((index = 0; index < ${#line}; index++)); do
    character=${line:index:1}
    case $quote$character in
      [[:space:]])
        [[ -n $inside ]] && words+=("$word")
        word='' inside=''
        continue
        ;;
      "''" | '""') quote='' ;;
      "'" | '"') quote=$character ;;
      \\)
        ((index++))
        word+=${line:index:1}
        ;;
      \"\\)
        [[ ${line:index+1:1} == [\\\"\$\`] ]] && ((index++))
        word+=${line:index:1}
        ;;
      *) word+=$character ;;
    esac
    inside=yes
  done
  words+=("$word")
}

# Sets quoted to a text in the form for an open quote, or for none.
_nvgpu_quote() {
  local text=$1 open=$2 character index
  quoted=''
  for ((index = 0; index < ${#text}; index++)); do
    character=${text:index:1}
    case $open$character in
      "''") quoted+="'\\''" ;;
      '"!') quoted+='"\!"' ;;
      \"[\\\"\$\`] | [\ \|\&\;\<\>\(\)\$\`\\\"\'*?\[\]{}#~^\!]) quoted+="\\$character" ;;
      *) quoted+=$character ;;
    esac
  done
  # readline takes a quote at the end for the closing one, and adds none.
  [[ -n $open && $quoted == *"$open" ]] && quoted+=$open
}

_nvgpu() {
  local IFS=$' \t\n' line=${COMP_LINE:0:COMP_POINT} kept open quote quoted
  local -a words found=()
  # readline keeps the text before the part that it replaces, which is the second argument.
  _nvgpu_split "${line%"$2"}"
  kept=${words[${#words[@]} - 1]} open=$quote
  _nvgpu_split "$line"
  local cur=${words[${#words[@]} - 1]} option='' path='' value='' wants='' count=0 index word next _nvgpu_state_dir=''
  for ((index = 1; index < ${#words[@]} - 1; index++)); do
    word=${words[index]}
    if [[ -n $value ]]; then
      [[ $value == state-dir ]] && _nvgpu_state_dir=$word
      value=''
      continue
    fi
    if [[ $word == -* ]]; then
      [[ $word == --state-dir=* ]] && _nvgpu_state_dir=${word#*=}
      [[ $word != *=* && -n $(_nvgpu_value "$path $word") ]] && value=${word#--}
      continue
    fi
    next=${path:+$path }$word
    if [[ -n $(_nvgpu_options "$next") ]]; then path=$next; else ((count++)); fi
  done
  if [[ -n $value ]]; then
    wants=$(_nvgpu_value "$path ${words[${#words[@]} - 2]}")
  elif [[ $cur == --*=* ]]; then
    option=${cur%%=*}=
    wants=$(_nvgpu_value "$path ${option%=}")
  elif [[ $cur == -* ]]; then
    wants=$(_nvgpu_options "$path")
  else
    wants=$(_nvgpu_words "$path")
    [[ -z $wants ]] && wants=$(_nvgpu_argument "$path $count")
  fi
  case $wants in
    @file) compopt -o default 2>/dev/null ;;
    @dir) compopt -o dirnames 2>/dev/null ;;
    @any) ;;
    @*) mapfile -t found < <(_nvgpu_live "${wants#@}") ;;
    *) read -ra found <<<"$wants" ;;
  esac
  COMPREPLY=()
  for word in "${found[@]}"; do
    word=$option$word
    [[ $word == "$cur"* ]] || continue
    _nvgpu_quote "${word#"$kept"}" "$open"
    COMPREPLY+=("$quoted")
  done
}

complete -F _nvgpu nvgpu
