//! Prints what the crate nvml-wrapper sees of a host, a line for each GPU.
use nvml_wrapper::enum_wrappers::device::{Clock, TemperatureSensor};
use nvml_wrapper::error::NvmlError;
use nvml_wrapper::Nvml;

fn main() -> Result<(), NvmlError> {
    let nvml = Nvml::init()?;
    println!("{}", nvml.sys_driver_version()?);
    for index in 0..nvml.device_count()? {
        let device = nvml.device_by_index(index)?;
        let (memory, pci, rates) = (device.memory_info()?, device.pci_info()?, device.utilization_rates()?);
        println!(
            "{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}",
            device.index()?,
            device.name()?,
            device.uuid()?,
            pci.bus_id,
            memory.total >> 20,
            memory.free >> 20,
            rates.gpu,
            rates.memory,
            device.temperature(TemperatureSensor::Gpu)?,
            device.clock_info(Clock::SM)?,
            device.vbios_version()?,
        );
        let again = nvml.device_by_uuid(device.uuid()?)?;
        let by_bus = nvml.device_by_pci_bus_id(pci.bus_id)?;
        assert_eq!((again.index()?, by_bus.index()?), (index, index));
        println!(
            "{} {} {:?} {:?}",
            device.power_usage()?,
            device.running_compute_processes()?.len(),
            device.is_ecc_enabled().map(|ecc| (ecc.currently_enabled, ecc.pending_enabled)),
            device.serial(),
        );
    }
    println!("{:?}", nvml.device_by_index(99).map(|_| ()));
    nvml.shutdown()
}
