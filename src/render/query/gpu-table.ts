/**
 * nvidia-smi's properties of a GPU, as driver 580 has them. Columns: name and aliases, unit, value, meaning. A value is
 * a text, or = and a fact of the GPU; it is empty if the model has no figure.
 */
export const GPU_PROPERTIES = `
timestamp||=timestamp|When the query was made, to the millisecond.
driver_version||=driverVersion|Release of the host driver.
vgpu_driver_capability.heterogenous_multivGPU||=driverHeterogeneous|Whether the driver lets a VM have vGPUs of several types.
count||=count|How many GPUs the host has.
name,gpu_name||=name|Product name.
serial,gpu_serial|||Serial number on the board.
uuid,gpu_uuid||=uuid|Identifier that stays with the GPU.
pci.bus_id,gpu_bus_id||=busId|Address: domain, bus, device, function, in hexadecimal.
pci.domain||0x=domain|Domain of the address, in hexadecimal.
pci.bus||0x=bus|Bus of the address, in hexadecimal.
pci.device||0x=device|Device of the address, in hexadecimal.
pci.baseClass||0x=baseClass|Base class code, in hexadecimal.
pci.subClass||0x=subClass|Sub class code, in hexadecimal.
pci.device_id||0x=deviceId|Device and vendor id, in hexadecimal.
pci.sub_device_id||0x=subsystemId|Subsystem and its vendor id, in hexadecimal.
vgpu_device_capability.fractional_multiVgpu||=fractional|Whether a VM may have several vGPUs that are each a part of the GPU.
vgpu_device_capability.heterogeneous_timeSlice_profile||=profiles|Whether vGPUs of different types run side by side.
vgpu_device_capability.heterogeneous_timeSlice_sizes||=sizes|Whether vGPUs of different framebuffer sizes run side by side.
vgpu_device_capability.homogeneous_placements||=homogeneousPlacements|Whether vGPUs of one size have placement ids.
vgpu_device_capability.mig_timeSlicing||=migTimeSlicing|Whether time-sliced vGPUs run on MIG instances.
vgpu_device_capability.mig_timeSlicing_mode||=migTimeSlicingMode|Whether that mode is on.
pcie.link.gen.current||=pcieGen|PCI Express generation in use.
pcie.link.gen.gpucurrent||=pcieGen|PCI Express generation the GPU uses now.
pcie.link.gen.max||=pcieMaxGen|Highest generation of GPU and system together.
pcie.link.gen.gpumax||=pcieMaxGen|Highest generation of the GPU.
pcie.link.gen.hostmax||=pcieMaxGen|Highest generation of its root port.
pcie.link.width.current||=pcieWidth|Lanes in use.
pcie.link.width.max||=pcieWidth|Most lanes of GPU and system together.
index||=index|Number of the GPU, from zero, by bus address.
display_mode||=displayMode|Whether a monitor is plugged in; NVIDIA calls it deprecated.
display_attached||No|Whether a monitor is plugged in.
display_active||Disabled|Whether a display is driven.
persistence_mode||=persistence|Whether the driver stays loaded without clients.
addressing_mode||None|How system memory is reached from the GPU.
accounting.mode||=accounting|Whether processes are accounted for.
accounting.buffer_size||4000|How many processes the accounting remembers.
driver_model.current|||Windows only.
driver_model.pending|||Windows only.
vbios_version||=vbios|Version of the board's BIOS.
inforom.img,inforom.image||=inforomImage|Version of the whole infoROM.
inforom.oem||=inforomOem|Version of its OEM data.
inforom.ecc||=inforomEcc|Version of its ECC data.
inforom.pwr,inforom.power|||Version of its power data.
inforom.checksum_validation|||Whether its checksum is right.
gpu_recovery_action||None|What would bring the GPU back from a bad state.
gom.current,gpu_operation_mode.current|||GPU operation mode.
gom.pending,gpu_operation_mode.pending|||GPU operation mode after the next reboot.
fan.speed|%|=fanPercent|Fan speed of its most.
pstate||=pstate|Performance state, P0 to P12.
clocks_event_reasons.supported,clocks_throttle_reasons.supported||0x00000000000001FF|Bit mask of the reasons that can be told.
clocks_event_reasons.active,clocks_throttle_reasons.active||=reasons|Bit mask of the reasons that hold clocks back now.
clocks_event_reasons.gpu_idle,clocks_throttle_reasons.gpu_idle||=idle|Clocks are low because nothing runs.
clocks_event_reasons.applications_clocks_setting,clocks_throttle_reasons.applications_clocks_setting||Not Active|Clocks are held by the applications clocks setting.
clocks_event_reasons.sw_power_cap,clocks_throttle_reasons.sw_power_cap||Not Active|Clocks are held by the power limit.
clocks_event_reasons.hw_slowdown,clocks_throttle_reasons.hw_slowdown||Not Active|The hardware has halved the clocks or worse.
clocks_event_reasons.hw_thermal_slowdown,clocks_throttle_reasons.hw_thermal_slowdown||Not Active|It did so because it is too hot.
clocks_event_reasons.hw_power_brake_slowdown,clocks_throttle_reasons.hw_power_brake_slowdown||Not Active|It did so because the system told it to brake.
clocks_event_reasons.sw_thermal_slowdown,clocks_throttle_reasons.sw_thermal_slowdown||Not Active|The driver lowered clocks because it is too hot.
clocks_event_reasons.sync_boost,clocks_throttle_reasons.sync_boost||Not Active|Clocks follow other GPUs of a sync boost group.
clocks_event_reasons_counters.sw_power_cap|us|0|Time under the power limit.
clocks_event_reasons_counters.sync_boost|us|0|Time under sync boost.
clocks_event_reasons_counters.sw_thermal_slowdown|us|0|Time slowed by the driver for heat.
clocks_event_reasons_counters.hw_thermal_slowdown|us|0|Time slowed by the hardware for heat.
clocks_event_reasons_counters.hw_power_brake_slowdown|us|0|Time slowed by the power brake.
memory.total|MiB|=memoryTotal|Framebuffer of the board; ECC takes a part of it.
memory.reserved|MiB|=memoryReserved|Framebuffer of driver and firmware.
memory.used|MiB|=memoryUsed|Framebuffer that vGPUs hold.
memory.free|MiB|=memoryFree|Framebuffer that is left.
compute_mode||=compute|Which compute contexts are let in.
compute_cap||=computeCap|CUDA compute capability.
utilization.gpu|%|=useGpu|Share of the last second in which graphics or compute engines worked.
utilization.memory|%|=useMemory|Share of it in which memory was read or written.
utilization.encoder|%|=useEncoder|Share of it in which encoders worked.
utilization.decoder|%|=useDecoder|Share of it in which decoders worked.
utilization.jpeg|%|=useJpeg|Share of it in which JPEG engines worked.
utilization.ofa|%|=useOfa|Share of it in which the optical flow accelerator worked.
encoder.stats.sessionCount||=encoderSessions|Encoder sessions.
encoder.stats.averageFps||=encoderFps|Their mean frame rate.
encoder.stats.averageLatency||=encoderLatency|Their mean latency in microseconds.
dramEncryption.mode.current|||Whether memory is encrypted.
dramEncryption.mode.pending|||Whether it will be after the next reboot.
ecc.mode.current||=eccMode|Whether ECC is on.
ecc.mode.pending||=eccPending|Whether it will be after the next reset.
@ECC
retired_pages.single_bit_ecc.count,retired_pages.sbe|||Pages taken out of use for single bit errors.
retired_pages.double_bit.count,retired_pages.dbe|||Pages taken out of use for double bit errors.
retired_pages.pending|||Whether some wait for the next reboot.
remapped_rows.correctable,remapped_rows.sbe||0|Rows replaced for single bit errors.
remapped_rows.correctable_inactive||0|Of them, those not in effect.
remapped_rows.uncorrectable,remapped_rows.dbe||0|Rows replaced for double bit errors.
remapped_rows.uncorrectable_inactive||0|Of them, those not in effect.
remapped_rows.pending||No|Whether some wait for the next reboot.
remapped_rows.failure||No|Whether a replacement has ever failed.
remapped_rows.histogram.max||=bankCount|Banks with all spare rows left.
remapped_rows.histogram.high||=noBankCount|Banks with many left.
remapped_rows.histogram.partial||=noBankCount|Banks with some left.
remapped_rows.histogram.low||=noBankCount|Banks with few left.
remapped_rows.histogram.none||=noBankCount|Banks with none left.
temperature.gpu||=temperature|Temperature of the GPU, degrees Celsius.
temperature.gpu.tlimit||=tlimit|Degrees below its limit.
temperature.memory||=memoryTemperature|Temperature of the memory, degrees Celsius.
power.management||=powerManagement|Whether power is managed.
power.draw|W|=powerDraw|Power the board draws.
power.draw.average,gpu.power.draw.average|W|=powerDraw|Mean of the last second.
power.draw.instant,gpu.power.draw.instant|W|=powerDraw|At this moment.
power.limit,gpu.power.requested_limit|W|=powerLimit|Limit that was asked for.
enforced.power.limit,gpu.power.current_limit|W|=powerLimit|Limit that is kept.
power.default_limit,gpu.power.default_limit|W|=powerLimit|Limit after the driver is loaded.
power.min_limit,gpu.power.min_limit|W|=powerMin|Lowest limit that can be set.
power.max_limit,gpu.power.max_limit|W|=powerLimit|Highest limit that can be set.
module.power.draw.average|W||Power of the module, mean.
module.power.draw.instant|W||Power of the module, now.
module.power.limit,module.power.requested_limit|W||Limit asked for the module.
module.enforced.power.limit,module.power.current_limit|W||Limit kept for the module.
module.power.default_limit|W||Default limit of the module.
module.power.min_limit|W||Lowest limit of the module.
module.power.max_limit|W||Highest limit of the module.
power_smoothing.delayed_power_smoothing_supported|||Whether delayed power smoothing is there.
power_smoothing.primary_power_floor|W||Primary power floor.
power_smoothing.secondary_power_floor|W||Secondary power floor.
power_smoothing.min_primary_floor_activation_offset|W||Least activation offset of the primary floor.
power_smoothing.min_primary_floor_activation_point|W||Least activation point of the primary floor.
power_smoothing.window_multiplier|||Window multiplier in milliseconds.
power_smoothing.curr_profile.secondary_power_floor|W||Secondary floor of the profile in use.
power_smoothing.curr_profile.primary_floor_act_window_multiplier|||Activation window multiplier of that profile.
power_smoothing.curr_profile.primary_floor_tar_window_multiplier|||Target window multiplier of that profile.
power_smoothing.curr_profile.primary_floor_act_offset|W||Activation offset of that profile.
power_smoothing.admin_override.secondary_power_floor|W||Secondary floor set by the administrator.
power_smoothing.admin_override.primary_floor_act_window_multiplier|||Activation window multiplier so set.
power_smoothing.admin_override.primary_floor_tar_window_multiplier|||Target window multiplier so set.
power_smoothing.admin_override.primary_floor_act_offset|W||Activation offset so set.
clocks.current.graphics,clocks.gr|MHz|=clockGraphics|Graphics clock.
clocks.current.sm,clocks.sm|MHz|=clockGraphics|Clock of the multiprocessors.
clocks.current.memory,clocks.mem|MHz|=clockMemory|Memory clock.
clocks.current.video,clocks.video|MHz|=clockVideo|Clock of encoders and decoders.
clocks.applications.graphics,clocks.applications.gr|MHz|=maxGraphics|Graphics clock asked for applications.
clocks.applications.memory,clocks.applications.mem|MHz|=maxMemory|Memory clock asked for applications.
clocks.default_applications.graphics,clocks.default_applications.gr|MHz|=maxGraphics|Default of the graphics clock for applications.
clocks.default_applications.memory,clocks.default_applications.mem|MHz|=maxMemory|Default of the memory clock for applications.
clocks.max.graphics,clocks.max.gr|MHz|=maxGraphics|Highest graphics clock.
clocks.max.sm|MHz|=maxGraphics|Highest clock of the multiprocessors.
clocks.max.memory,clocks.max.mem|MHz|=maxMemory|Highest memory clock.
mig.mode.current||=migMode|Whether MIG is on.
mig.mode.pending||=migPending|Whether it will be after the next reset.
gsp.mode.current||Enabled|Whether GSP firmware runs.
gsp.mode.default||Enabled|Whether it does by default.
c2c.mode|||Whether the chip-to-chip link is in use.
protected_memory.total|MiB|0|Memory for confidential computing.
protected_memory.used|MiB|0|Of it, in use.
protected_memory.free|MiB|0|Of it, free.
fabric.state|||State of the registration with the NVLink fabric.
fabric.status|||Its error.
fabric.cliqueId|||Clique of the GPU in the fabric.
fabric.clusterUuid|||Cluster of the GPU in the fabric.
fabric.health.summary|||Health of the fabric.
fabric.health.bandwidth|||Whether its bandwidth is reduced.
fabric.health.route_recovery_in_progress|||Whether routes are being recovered.
fabric.health.route_unhealthy|||Whether a route is bad.
fabric.health.access_timeout_recovery|||Whether it recovers from a timeout.
fabric.health.incorrect_configuration|||Whether it is set up wrongly.
fabric.health.partition_assigned|||Whether a partition is assigned.
platform.chassis_serial_number|||Serial number of the chassis.
platform.slot_number|||Slot in the chassis.
platform.tray_index|||Tray in the slots.
platform.host_id|||Node in the slot.
platform.peer_type|||Kind of NVLink peer.
platform.module_id|||Module in the node.
platform.gpu_fabric_guid|||Identifier in the fabric.
hostname|||Host name associated with the GPU.
`
