namespace Federation.Dns.Wire;

/// <summary>What a response says about its query. Codes above 15 need EDNS, which carries the upper eight bits (RFC 6891 section 6.1.3).</summary>
public enum ResponseCode : byte
{
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,

    /// <summary>The name does not exist, nor anything below it (RFC 8020). Also called NXDOMAIN.</summary>
    NameError = 3,
    NotImplemented = 4,
    Refused = 5,

    /// <summary>A name exists that an update wants not to (RFC 2136 section 2.2).</summary>
    NameExists = 6,
    SetExists = 7,

    /// <summary>A record set is not there, or is another one than an update goes by.</summary>
    NoSuchSet = 8,

    /// <summary>The server is not authoritative for the zone, or the signature is not accepted (RFC 8945 section 5.2).</summary>
    NotAuthoritative = 9,
    NotInZone = 10,
    BadVersion = 16,

    /// <summary>Ask again with the cookie that comes along (RFC 7873 section 8).</summary>
    BadCookie = 23,
}

/// <summary>The codes as tools print them.</summary>
public static class ResponseCodeText
{
    public static string ToMnemonic(this ResponseCode code) => code switch
    {
        ResponseCode.NoError => "NOERROR",
        ResponseCode.FormatError => "FORMERR",
        ResponseCode.ServerFailure => "SERVFAIL",
        ResponseCode.NameError => "NXDOMAIN",
        ResponseCode.NotImplemented => "NOTIMP",
        ResponseCode.Refused => "REFUSED",
        ResponseCode.NameExists => "YXDOMAIN",
        ResponseCode.SetExists => "YXRRSET",
        ResponseCode.NoSuchSet => "NXRRSET",
        ResponseCode.NotAuthoritative => "NOTAUTH",
        ResponseCode.NotInZone => "NOTZONE",
        ResponseCode.BadVersion => "BADVERS",
        ResponseCode.BadCookie => "BADCOOKIE",
        _ => $"RCODE{(int)code}",
    };
}
