/** 22, or one that people move sshd to; not those of well-known services (IANA). */
export function isSshPort(port: number): boolean {
  return (port === 22 || port >= 222) && port <= 65_535 && !servicePorts.has(port);
}

const servicePorts = new Set([
  389, 443, 514, 623, 636, 873, 2049, 2379, 3000, 3128, 3306, 5000, 5432, 5601, 6006, 6379, 6443, 6817, 6818, 7233,
  8000, 8080, 8443, 8888, 9000, 9090, 9093, 9100, 9400, 18_515, 29_400, 29_500, 29_501,
]);
