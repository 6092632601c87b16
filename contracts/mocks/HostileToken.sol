// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token that turns on those who hold it, for tests
/// @notice One fault at a time, each of a token that there is; {setFault} takes it back again.
contract HostileToken is ERC20 {
    enum Fault {
        None,
        /// STA, PAXG: less arrives than was sent
        TakesFee,
        /// ZRX: no revert where it fails
        ReturnsFalse,
        /// USDT: no answer, and no allowance in the place of another
        ReturnsNothing,
        /// whatever it is
        Fails,
        /// USDC, BNB: everybody's transfers stop
        Pauses,
        /// USDC, USDT: transfers to some accounts stop
        Blocks,
        /// imBTC, by ERC-777: calls out before the money moves
        Reenters
    }

    struct Call {
        address target;
        bytes data;
    }

    error TokenFailed();
    error TokenPaused();
    error Blocked(address account);
    error AllowanceStands(uint256 allowance);

    uint8 private immutable DECIMALS;

    Fault private _fault;
    mapping(address account => bool) private _blocked;
    Call[] private _calls;
    bytes[] private _answers;

    constructor(uint8 decimals_) ERC20("Hostile dollar", "HUSD") {
        DECIMALS = decimals_;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setFault(Fault fault) external {
        _fault = fault;
    }

    function block_(address account) external {
        _blocked[account] = true;
    }

    /// @notice What to call during every transfer while the fault is Reenters.
    function setCalls(Call[] calldata calls) external {
        delete _calls;
        for (uint256 i = 0; i < calls.length; ++i) {
            _calls.push(calls[i]);
        }
    }

    /// @notice What the calls were answered, empty for each that succeeded without an answer.
    function answers() external view returns (bytes[] memory) {
        return _answers;
    }

    function approve(address spender, uint256 amount) public override returns (bool) {
        uint256 standing = allowance(msg.sender, spender);
        bool strict = _fault == Fault.ReturnsNothing && amount != 0;
        require(!strict || standing == 0, AllowanceStands(standing));
        return _answer(super.approve(spender, amount));
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (_fault == Fault.ReturnsFalse) return false;
        return _answer(super.transfer(to, amount));
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (_fault == Fault.ReturnsFalse) return false;
        return _answer(super.transferFrom(from, to, amount));
    }

    function decimals() public view override returns (uint8) {
        return DECIMALS;
    }

    function _update(address from, address to, uint256 amount) internal override {
        bool moves = from != address(0) && to != address(0);
        require(!moves || _fault != Fault.Fails, TokenFailed());
        require(!moves || _fault != Fault.Pauses, TokenPaused());
        require(_fault != Fault.Blocks || !_blocked[to], Blocked(to));
        if (moves && _fault == Fault.Reenters) _callOut();
        uint256 fee = moves && _fault == Fault.TakesFee ? amount / 100 : 0;
        super._update(from, to, amount - fee);
        if (fee != 0) super._update(from, address(0), fee);
    }

    function _callOut() private {
        delete _answers;
        for (uint256 i = 0; i < _calls.length; ++i) {
            (, bytes memory answer) = _calls[i].target.call(_calls[i].data);
            _answers.push(answer);
        }
    }

    function _answer(bool success) private view returns (bool) {
        if (_fault != Fault.ReturnsNothing) return success;
        assembly ("memory-safe") {
            return(0, 0)
        }
    }
}
