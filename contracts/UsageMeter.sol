// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAccessDesk} from "./interfaces/IAccessDesk.sol";
import {ILicence} from "./interfaces/ILicence.sol";
import {IRevenueVault} from "./interfaces/IRevenueVault.sol";
import {IUsageMeter} from "./interfaces/IUsageMeter.sol";
import {NATIVE, Peers, UnexpectedCaller} from "./interfaces/Peers.sol";
import {Assets} from "./libraries/Assets.sol";

/// @title Metered use and royalties
/// @notice What it promises stands in {IUsageMeter}.
contract UsageMeter is IUsageMeter, EIP712, ReentrancyGuardTransient {
    using Assets for address;
    using SafeERC20 for IERC20;

    bytes32 private constant VOUCHER = keccak256("Voucher(uint64 licenceId,uint128 units,uint48 until)");

    address private immutable DESK;
    ILicence private immutable LICENCE;
    IRevenueVault private immutable VAULT;

    mapping(uint64 licenceId => Account) private _accounts;

    constructor(Peers memory peers) EIP712("UsageMeter", "1") {
        DESK = peers.desk;
        LICENCE = ILicence(peers.licence);
        VAULT = IRevenueVault(peers.vault);
    }

    // --- the desk ---

    /// @inheritdoc IUsageMeter
    /// @dev The first report covers all use since the grant, but silence counts from now on: before the account is open
    /// nobody can report. Of a token that has come to take a fee, what arrives is the balance, because a refusal would
    /// keep the price from its members.
    function open(uint64 licenceId, address asset, IAccessDesk.Metering calldata metering)
        external
        payable
        nonReentrant
    {
        require(msg.sender == DESK, UnexpectedCaller(msg.sender, DESK));
        Account storage account = _accounts[licenceId];
        require(account.period == 0, AccountExists(licenceId));
        uint256 from = Math.min(block.timestamp, LICENCE.licenceOf(licenceId).expiry);
        (account.asset, account.reportedUntil) = (asset, uint48(from));
        (account.unitPrice, account.minimum) = (metering.unitPrice, metering.minimum);
        (account.bond, account.period) = (metering.bond, metering.period);
        emit MeterOpened(licenceId, asset, metering.unitPrice, metering.minimum, metering.bond, metering.period);
        account.balance = uint128(Math.min(_receive(asset, metering.bond), metering.bond));
    }

    // --- anyone ---

    /// @inheritdoc IUsageMeter
    function settle(Voucher calldata voucher, bytes calldata signature) external nonReentrant {
        (uint64 licenceId, uint128 units, uint48 until) = (voucher.licenceId, voucher.units, voucher.until);
        Account storage account = _metered(licenceId);
        ILicence.Grant memory grant = LICENCE.licenceOf(licenceId);
        _checkVoucher(voucher, account, _latest(account, grant), grant.holder, signature);

        uint256 owed = units - account.units;
        uint256 payable_ = Math.min(owed, account.balance / account.unitPrice);
        uint256 amount = payable_ * account.unitPrice;
        account.balance -= uint128(amount);
        account.units += uint128(payable_);
        bool whole = payable_ == owed;
        if (!whole) _lapse(licenceId, account);
        else if (until > account.reportedUntil) account.reportedUntil = until;
        emit UsageSettled(licenceId, grant.editionId, account.units, until, amount);
        _pay(grant.editionId, account.asset, amount, keccak256(abi.encode(licenceId)));
    }

    /// @inheritdoc IUsageMeter
    function takeMinimum(uint64 licenceId) external nonReentrant {
        Account storage account = _metered(licenceId);
        ILicence.Grant memory grant = LICENCE.licenceOf(licenceId);
        uint256 periods = _silent(account, grant);
        require(periods != 0, NothingSilent(licenceId, uint256(account.reportedUntil) + account.period));
        _lapse(licenceId, account);
        _takeSilence(licenceId, account, grant.editionId, periods);
    }

    /// @inheritdoc IUsageMeter
    function fund(uint64 licenceId, uint128 amount) external payable nonReentrant {
        Account storage account = _metered(licenceId);
        require(amount != 0, NothingPaid());
        require(account.closedAt == 0, AlreadyClosing(licenceId));
        account.balance += amount;
        emit BondFunded(licenceId, msg.sender, amount, account.balance);
        if (account.lapsed && account.balance >= account.bond) {
            account.lapsed = false;
            LICENCE.restore(licenceId);
        }
        _take(account.asset, amount);
    }

    /// @inheritdoc IUsageMeter
    function payRoyalty(uint64 licenceId, address asset, uint256 amount, bytes32 reportHash)
        external
        payable
        nonReentrant
    {
        uint40 editionId = LICENCE.licenceOf(licenceId).editionId;
        require(amount != 0, NothingPaid());
        emit RoyaltyPaid(licenceId, editionId, msg.sender, asset, amount, reportHash);
        _take(asset, amount);
        _pay(editionId, asset, amount, reportHash);
    }

    // --- the holder ---

    /// @inheritdoc IUsageMeter
    function close(uint64 licenceId) external {
        Account storage account = _metered(licenceId);
        _requireHolder(licenceId);
        require(account.closedAt == 0, AlreadyClosing(licenceId));
        account.closedAt = uint48(block.timestamp);
        emit MeterClosing(licenceId, uint48(block.timestamp) + account.period);
        _lapse(licenceId, account);
    }

    /// @inheritdoc IUsageMeter
    function takeBond(uint64 licenceId, address to) external nonReentrant {
        Account storage account = _metered(licenceId);
        ILicence.Grant memory grant = LICENCE.licenceOf(licenceId);
        require(msg.sender == grant.holder, NotHolder(msg.sender, grant.holder));
        uint256 closesAt = account.closedAt == 0 ? type(uint256).max : uint256(account.closedAt) + account.period;
        require(block.timestamp >= closesAt, NotClosed(licenceId, closesAt));
        require(!account.emptied, NothingLeft(licenceId));
        account.emptied = true;
        _takeSilence(licenceId, account, grant.editionId, _silent(account, grant));
        (address asset, uint128 amount) = (account.asset, account.balance);
        account.balance = 0;
        emit BondTaken(licenceId, to, amount);
        require(to != address(0) && asset.trySend(to, amount), PaymentFailed(to, amount));
    }

    // --- views ---

    /// @inheritdoc IUsageMeter
    function accountOf(uint64 licenceId) external view returns (Account memory) {
        return _metered(licenceId);
    }

    /// @inheritdoc IUsageMeter
    function silentPeriods(uint64 licenceId) external view returns (uint256) {
        return _silent(_metered(licenceId), LICENCE.licenceOf(licenceId));
    }

    // --- internal ---

    function _take(address asset, uint256 amount) private {
        uint256 received = _receive(asset, amount);
        require(received == amount, AmountMismatch(received, amount));
    }

    function _receive(address asset, uint256 amount) private returns (uint256 received) {
        uint256 expected = asset == NATIVE ? amount : 0;
        require(msg.value == expected, ValueMismatch(msg.value, expected));
        return asset == NATIVE ? amount : asset.pull(msg.sender, amount);
    }

    /// @dev The vault's allowance in a token is given once for all: it takes from its caller only.
    function _pay(uint40 editionId, address asset, uint256 amount, bytes32 purpose) private {
        if (amount == 0) return;
        if (asset != NATIVE && IERC20(asset).allowance(address(this), address(VAULT)) < amount) {
            IERC20(asset).forceApprove(address(VAULT), type(uint256).max);
        }
        VAULT.deposit{value: asset == NATIVE ? amount : 0}(editionId, asset, amount, purpose);
    }

    /// @dev No more than there is.
    function _takeSilence(uint64 licenceId, Account storage account, uint40 editionId, uint256 periods) private {
        if (periods == 0) return;
        uint256 amount = Math.min(periods * account.minimum, account.balance);
        account.balance -= uint128(amount);
        account.reportedUntil += uint48(periods * account.period);
        emit MinimumTaken(licenceId, editionId, periods, amount);
        _pay(editionId, account.asset, amount, keccak256(abi.encode(licenceId)));
    }

    function _lapse(uint64 licenceId, Account storage account) private {
        if (account.lapsed) return;
        account.lapsed = true;
        LICENCE.lapse(licenceId);
    }

    /// @dev More use counts whenever it was: nobody escapes a voucher by a later one that states less, or by silence.
    function _checkVoucher(
        Voucher calldata voucher,
        Account storage account,
        uint256 latest,
        address holder,
        bytes calldata signature
    ) private view {
        (uint128 units, uint48 until) = (voucher.units, voucher.until);
        (uint128 settled, uint48 reported) = (account.units, account.reportedUntil);
        bool ahead = units > settled || (units == settled && until > reported);
        require(ahead, VoucherBehind(units, until, settled, reported));
        require(until <= latest, VoucherAhead(until, latest));
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(VOUCHER, voucher)));
        bool signed = SignatureChecker.isValidSignatureNowCalldata(holder, digest, signature);
        require(signed, VoucherSignatureInvalid(holder));
    }

    /// @dev The last second whose use is this licence's: now, its expiry or its closing, whichever was first.
    function _latest(Account storage account, ILicence.Grant memory grant) private view returns (uint256 latest) {
        latest = Math.min(block.timestamp, grant.expiry);
        if (account.closedAt != 0) latest = Math.min(latest, account.closedAt);
    }

    function _silent(Account storage account, ILicence.Grant memory grant) private view returns (uint256) {
        uint256 latest = _latest(account, grant);
        uint256 reported = account.reportedUntil;
        return latest <= reported ? 0 : (latest - reported) / account.period;
    }

    function _requireHolder(uint64 licenceId) private view {
        address holder = LICENCE.licenceOf(licenceId).holder;
        require(msg.sender == holder, NotHolder(msg.sender, holder));
    }

    function _metered(uint64 licenceId) private view returns (Account storage account) {
        account = _accounts[licenceId];
        require(account.period != 0, NotMetered(licenceId));
    }
}
