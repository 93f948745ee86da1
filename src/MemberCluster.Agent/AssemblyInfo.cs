using System.Runtime.Versioning;

// Containers, Unix sockets and file modes: an agent runs on Linux only.
[assembly: SupportedOSPlatform("linux")]
